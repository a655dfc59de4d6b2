using System.Collections;
using System.Data.Common;
using Routing.Diagnostics;

namespace Routing.Sessions;

/// <summary>
/// The parameters of a routed command before it has a connection: the driver's own objects in a plain list. Not thread-safe.
/// </summary>
internal sealed class RoutingParameterCollection : DbParameterCollection
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
            Add(value!);
        }
    }

    public override void Clear() => _items.Clear();

    public override bool Contains(object value) => value is DbParameter parameter && _items.Contains(parameter);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    public override int IndexOf(object value) => value is DbParameter parameter ? _items.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (Bare(_items[i].ParameterName).Equals(Bare(parameterName), StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    public override void Insert(int index, object value) => _items.Insert(index, Checked(value));

    public override void Remove(object value) => _items.Remove(Checked(value));

    public override void RemoveAt(int index) => _items.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _items.RemoveAt(Existing(parameterName));

    protected override DbParameter GetParameter(int index) => _items[index];

    protected override DbParameter GetParameter(string parameterName) => _items[Existing(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _items[index] = value;

    protected override void SetParameter(string parameterName, DbParameter value) => _items[Existing(parameterName)] = value;

    private int Existing(string name) =>
        IndexOf(name) is var index and >= 0 ? index : throw new ArgumentException($"There is no parameter named '{name}'.", nameof(name));

    private static DbParameter Checked(object? value) =>
        value as DbParameter ?? throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, "A parameter must come from the command's CreateParameter().");

    // '@id', ':id' and 'id' name the same parameter for every driver here.
    private static ReadOnlySpan<char> Bare(string? name) => name.AsSpan().TrimStart("@:$");
}
