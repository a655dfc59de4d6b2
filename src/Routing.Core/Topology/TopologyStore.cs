using System.Collections.Immutable;

namespace Routing.Topology;

/// <summary>
/// Holds a data source's current <see cref="TopologySnapshot"/> and swaps it atomically. Readers take
/// <see cref="Current"/> once per query; writers (monitors, configuration reload) change it by <see cref="Update"/>, a
/// compare-and-swap loop, so that no concurrent change is lost. Thread-safe.
/// </summary>
internal sealed class TopologyStore(TopologySnapshot initial)
{
    private TopologySnapshot _current = initial;

    /// <summary>Raised after a swap, on the thread that published, with the new snapshot. Handlers must not block.</summary>
    public event Action<TopologySnapshot>? Changed;

    public TopologySnapshot Current => Volatile.Read(ref _current);

    /// <summary>Replaces the nodes by what <paramref name="change"/> makes of them; returns false when it changed nothing.</summary>
    public bool Update<TState>(TState state, Func<ImmutableArray<Node>, TState, ImmutableArray<Node>> change)
    {
        while (true)
        {
            var before = Current;
            var shard = before.Shards[0];
            var nodes = change(shard.Nodes, state);
            if (nodes == shard.Nodes)
            {
                return false;
            }

            var after = before with { Shards = [new Shard(shard.Name, nodes)], Version = before.Version + 1 };
            if (Interlocked.CompareExchange(ref _current, after, before) == before)
            {
                Changed?.Invoke(after);
                return true;
            }
        }
    }
}
