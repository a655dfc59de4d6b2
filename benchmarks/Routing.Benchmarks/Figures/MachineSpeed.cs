namespace Routing.Benchmarks.Figures;

/// <summary>Two yardsticks of the machine in its present mood: a read of the clock, and an uncontended compare-and-swap.</summary>
internal sealed record MachineSpeed(double ClockNs, double CasNs)
{
    private static long _sink;
    private static int _cell;

    public static Operation Clock { get; } = Operation.Batch(static times =>
    {
        var time = TimeProvider.System;
        long sum = 0;
        for (var i = 0; i < times; i++)
        {
            sum += time.GetTimestamp();
        }

        Volatile.Write(ref _sink, sum);
    });

    public static Operation Cas { get; } = Operation.Batch(static times =>
    {
        for (var i = 0; i < times; i++)
        {
            Interlocked.CompareExchange(ref _cell, i, i - 1);
        }
    });

    public static async Task<MachineSpeed> MeasureAsync() => new(await MedianAsync(Clock), await MedianAsync(Cas));

    private static async Task<double> MedianAsync(Operation operation)
    {
        var stint = await Stint.PrepareAsync(operation);
        var values = new double[11];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = await stint.MeasureAsync();
        }

        return Statistics.Of(values).Median;
    }
}
