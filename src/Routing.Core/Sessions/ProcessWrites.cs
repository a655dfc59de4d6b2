using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// The consistency scope of one-shot calls that have none: this process's own newest write to a data source, remembered
/// while it is younger than <c>MaxStaleness</c>. Thread-safe.
/// </summary>
internal sealed class ProcessWrites(TimeProvider time)
{
    private Entry? _newest;

    public NodePosition? Required(TimeSpan maxStaleness)
    {
        // Most processes read far more than they write: without a recent write this costs one load and no clock.
        var newest = Volatile.Read(ref _newest);
        if (newest is null)
        {
            return null;
        }

        if (time.GetElapsedTime(newest.At) < maxStaleness)
        {
            return newest.Position;
        }

        Interlocked.CompareExchange(ref _newest, null, newest);
        return null;
    }

    public void Wrote(NodePosition position)
    {
        while (true)
        {
            var before = Volatile.Read(ref _newest);
            // An unknown position must not hide for ever: it ages out like any other and is replaced by the next known one.
            var next = new Entry(before is null or { Position: UnknownPosition } ? position : before.Position.Max(position), time.GetTimestamp());
            if (Interlocked.CompareExchange(ref _newest, next, before) == before)
            {
                return;
            }
        }
    }

    private sealed record Entry(NodePosition Position, long At);
}
