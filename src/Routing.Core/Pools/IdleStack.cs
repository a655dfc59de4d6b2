namespace Routing.Pools;

/// <summary>
/// The idle connections of one lane, last used first out: the busy ones stay warm and what is not needed ages at the
/// bottom, where it is pruned. Guarded by the lane's lock.
/// </summary>
internal sealed class IdleStack(int capacity)
{
    private readonly NodePoolEntry?[] _entries = new NodePoolEntry?[capacity];

    public int Count { get; private set; }

    public NodePoolEntry Top => _entries[Count - 1]!;

    public NodePoolEntry this[int index] => _entries[index]!;

    public void Push(NodePoolEntry entry) => _entries[Count++] = entry;

    public NodePoolEntry Pop()
    {
        var entry = _entries[--Count]!;
        _entries[Count] = null;
        return entry;
    }

    public NodePoolEntry TakeAt(int index)
    {
        var entry = this[index];
        Count--;
        Array.Copy(_entries, index + 1, _entries, index, Count - index);
        _entries[Count] = null;
        return entry;
    }
}
