using System.Threading.Channels;

namespace Routing.Benchmarks.Peers.Pooling;

/// <summary>
/// The bounded pool that most would write on a channel: idle items wait in it, callers wait at it, and what is missing is
/// made by whoever finds none, up to the maximum. First in, first out; a rent of an idle item completes at once. Thread-safe.
/// </summary>
internal sealed class ChannelPool<T>(int max, Func<CancellationToken, ValueTask<T>> make)
{
    public const string Label = "bounded-channel pool";

    private readonly Channel<T> _idle = Channel.CreateBounded<T>(max);
    private int _made;

    public ValueTask<T> RentAsync(CancellationToken ct) => _idle.Reader.TryRead(out var item) ? new ValueTask<T>(item) : MakeOrWaitAsync(ct);

    public void Return(T item) => _idle.Writer.TryWrite(item);

    private ValueTask<T> MakeOrWaitAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _made) < max)
        {
            if (Interlocked.Increment(ref _made) <= max)
            {
                return MakeAsync(ct);
            }

            Interlocked.Decrement(ref _made);
        }

        return _idle.Reader.ReadAsync(ct);
    }

    private async ValueTask<T> MakeAsync(CancellationToken ct)
    {
        try
        {
            return await make(ct);
        }
        catch
        {
            Interlocked.Decrement(ref _made);
            throw;
        }
    }
}
