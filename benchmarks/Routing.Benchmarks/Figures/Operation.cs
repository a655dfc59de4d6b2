namespace Routing.Benchmarks.Figures;

/// <summary>
/// Something to time: runs itself a given number of times. The loop belongs to the operation, so that an operation of a
/// few nanoseconds is not drowned by a delegate call each.
/// </summary>
internal sealed class Operation
{
    private readonly Func<int, ValueTask> _batch;

    private Operation(Func<int, ValueTask> batch, bool mayChangeThread)
    {
        _batch = batch;
        MayChangeThread = mayChangeThread;
    }

    /// <summary>Whether a batch may end on another thread, so that its allocations must be counted for the whole process.</summary>
    public bool MayChangeThread { get; }

    /// <summary>A synchronous operation with its own loop.</summary>
    public static Operation Batch(Action<int> batch) => new(
        times =>
        {
            batch(times);
            return default;
        },
        mayChangeThread: false);

    /// <summary>An asynchronous operation with its own loop.</summary>
    public static Operation Batch(Func<int, ValueTask> batch) => new(batch, mayChangeThread: true);

    /// <summary>A synchronous operation that takes long enough for a delegate call not to matter.</summary>
    public static Operation Each(Action once) => Batch(times =>
    {
        for (var i = 0; i < times; i++)
        {
            once();
        }
    });

    /// <summary>An asynchronous operation that takes long enough for a delegate call not to matter.</summary>
    public static Operation Each(Func<ValueTask> once) => Batch(async times =>
    {
        for (var i = 0; i < times; i++)
        {
            await once();
        }
    });

    public ValueTask RunAsync(int times) => _batch(times);
}
