namespace Routing.Primitives;

/// <summary>
/// The values of an interpolated text, in order of its holes; hole <c>i</c> is named <c>p{i}</c>.
/// Not thread-safe: it belongs to one call.
/// </summary>
internal sealed class PositionalValues(int capacity)
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 64).Select(static i => string.Create(null, $"p{i}"))];

    private object?[] _values = capacity == 0 ? [] : new object?[capacity];

    public int Count { get; private set; }

    public object? this[int index] => index < Count ? _values[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public static string NameOf(int index) => index < Names.Length ? Names[index] : string.Create(null, $"p{index}");

    public int Add(object? value)
    {
        if (Count == _values.Length)
        {
            Array.Resize(ref _values, Math.Max(4, Count * 2));
        }

        _values[Count] = value;
        return Count++;
    }
}
