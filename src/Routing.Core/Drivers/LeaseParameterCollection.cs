using System.Collections;
using System.Data.Common;
using Routing.Diagnostics;

namespace Routing.Drivers;

/// <summary>
/// A facade command's parameters: the driver's own objects, in a list that is not the driver's own collection, because a
/// driver's parameter cannot belong to two. They move to the driver's command for as long as it runs.
/// </summary>
internal sealed class LeaseParameterCollection : DbParameterCollection
{
    private readonly List<DbParameter> _items = [];

    public override int Count => _items.Count;

    public override object SyncRoot => ((ICollection)_items).SyncRoot;

    public override int Add(object value)
    {
        _items.Add(Checked(value));
        return _items.Count - 1;
    }

    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var value in values)
        {
            _items.Add(Checked(value));
        }
    }

    public override void Clear() => _items.Clear();

    public override bool Contains(object value) => IndexOf(value) >= 0;

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    public override int IndexOf(object value) => value is DbParameter parameter ? _items.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (IsSameName(_items[i].ParameterName, parameterName))
            {
                return i;
            }
        }

        return -1;
    }

    public override void Insert(int index, object value) => _items.Insert(index, Checked(value));

    public override void Remove(object value) => _items.Remove(Checked(value));

    public override void RemoveAt(int index) => _items.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _items.RemoveAt(Find(parameterName));

    internal void MoveTo(DbParameterCollection target)
    {
        foreach (var item in _items)
        {
            target.Add(item);
        }
    }

    /// <summary>Whether a value is so large that a kept command should not hold on to its copy.</summary>
    internal bool HoldsLargeValue(int threshold)
    {
        foreach (var item in _items)
        {
            if (item.Value is string text ? text.Length > threshold : item.Value is byte[] bytes && bytes.Length > threshold)
            {
                return true;
            }
        }

        return false;
    }

    protected override DbParameter GetParameter(int index) => _items[index];

    protected override DbParameter GetParameter(string parameterName) => _items[Find(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _items[index] = value;

    protected override void SetParameter(string parameterName, DbParameter value) => _items[Find(parameterName)] = value;

    private static DbParameter Checked(object? value) =>
        value as DbParameter ?? throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, "A parameter must come from the command's CreateParameter().");

    // Drivers differ in whether a name carries its prefix and in case; whoever looks one up may use either form.
    private static bool IsSameName(string? left, string? right) =>
        Bare(left).Equals(Bare(right), StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> Bare(string? name) => name.AsSpan().TrimStart("@:$");

    private int Find(string parameterName)
    {
        var index = IndexOf(parameterName);
        return index >= 0 ? index : throw new ArgumentException($"The command has no parameter named '{parameterName}'.", nameof(parameterName));
    }
}
