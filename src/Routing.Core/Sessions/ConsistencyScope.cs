using System.Collections.Immutable;
using Routing.Topology;

namespace Routing;

/// <summary>
/// What must be seen by the reads inside it: the newest positions that statements of this scope wrote, per data source.
/// A <see cref="Session"/> is one; one-shot calls use the ambient one of <see cref="IRoutingDatabases.BeginScope"/>.
/// It only grows. Thread-safe.
/// </summary>
public sealed class ConsistencyScope : IDisposable
{
    private static readonly AsyncLocal<Box?> Ambient = new();

    private readonly Box? _box;
    private ImmutableDictionary<string, NodePosition> _positions;

    internal ConsistencyScope(ConsistencyToken? from, bool makeAmbient)
    {
        _positions = from?.Positions ?? ImmutableDictionary<string, NodePosition>.Empty;
        if (makeAmbient)
        {
            Ambient.Value = _box = new Box(Live(Ambient.Value)) { Scope = this };
        }
    }

    /// <summary>The positions reached so far, to continue in another scope of this process. Immutable.</summary>
    public ConsistencyToken Token => new(Volatile.Read(ref _positions));

    internal static ConsistencyScope? Current => Live(Ambient.Value)?.Scope;

    /// <summary>Makes the reads of this scope see what the token's scope saw.</summary>
    /// <param name="token">Another scope's token.</param>
    public void Observe(ConsistencyToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        foreach (var (dataSource, position) in token.Positions)
        {
            Advance(dataSource, position, afterUnknown: false);
        }
    }

    /// <summary>
    /// Ends the ambient scope, wherever it is called: later one-shot calls of every flow that began inside it use the scope
    /// around it again. Scopes may end in any order. Idempotent.
    /// </summary>
    public void Dispose()
    {
        if (_box is null)
        {
            return;
        }

        // The box is shared with the flows that branched off inside the scope: emptying it ends the scope for them too.
        _box.Scope = null;
        if (Ambient.Value == _box)
        {
            Ambient.Value = Live(_box);
        }
    }

    internal NodePosition? Required(string dataSource) =>
        Volatile.Read(ref _positions).TryGetValue(dataSource, out var position) ? position : null;

    /// <summary>A write of this scope ended there. After one whose position could not be read, it covers that one too: it came later on the same primary.</summary>
    internal void Wrote(string dataSource, NodePosition position) => Advance(dataSource, position, afterUnknown: true);

    private void Advance(string dataSource, NodePosition position, bool afterUnknown)
    {
        while (true)
        {
            var before = Volatile.Read(ref _positions);
            var known = before.GetValueOrDefault(dataSource);
            var next = known is null || (afterUnknown && known is UnknownPosition) ? position : known.Max(position);
            if (ReferenceEquals(next, known)
                || Interlocked.CompareExchange(ref _positions, before.SetItem(dataSource, next), before) == before)
            {
                return;
            }
        }
    }

    private static Box? Live(Box? box)
    {
        while (box is { Scope: null })
        {
            box = box.Outer;
        }

        return box;
    }

    private sealed class Box(Box? outer)
    {
        private ConsistencyScope? _scope;

        public Box? Outer => outer;

        public ConsistencyScope? Scope
        {
            get => Volatile.Read(ref _scope);
            set => Volatile.Write(ref _scope, value);
        }
    }
}

/// <summary>The positions a scope had reached when it was taken, as one opaque, immutable value. Valid inside this process.</summary>
public sealed class ConsistencyToken
{
    internal ConsistencyToken(ImmutableDictionary<string, NodePosition> positions) => Positions = positions;

    internal ImmutableDictionary<string, NodePosition> Positions { get; }
}
