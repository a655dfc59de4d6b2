using System.Collections.Concurrent;

namespace Routing.Diagnostics;

/// <summary>
/// Lets the first names through that it meets, and calls every later one <see cref="Other"/>: what metrics are told apart
/// by must not grow with what callers write. Thread-safe; a known name takes no lock and allocates nothing.
/// </summary>
internal sealed class BoundedNames(int capacity)
{
    public const string Other = "_OTHER";

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    public string Of(string name)
    {
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        // Counted before it is added: callers that race for the last place may leave it empty, but never exceed it.
        if (Volatile.Read(ref _count) >= capacity || Interlocked.Increment(ref _count) > capacity)
        {
            return Other;
        }

        if (!_known.TryAdd(name, name))
        {
            Interlocked.Decrement(ref _count);
        }

        return name;
    }
}
