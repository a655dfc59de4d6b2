using Xunit.Abstractions;

namespace Routing.UnitTests.Pools;

/// <summary>
/// Every interleaving of the protocol on two places and three callers, and of the same protocol with one part taken out:
/// the first finds nothing, each of the others finds what the part is for.
/// </summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, false, false)]
    [InlineData(2, false, false)]
    [InlineData(2, true, false)]
    [InlineData(1, true, true)]
    [InlineData(0, false, true)]
    public void No_interleaving_breaks_a_promise(int open, bool clears, bool cancels)
    {
        var model = new ProtocolModel(Missing.None, open, clears, cancels, opensFail: open < 2, doubleReturn: !clears);
        Assert.Null(model.Explore());
        output.WriteLine($"{model.States} states");
        Assert.True(model.States > 1000);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void No_interleaving_with_time_outs_or_the_disposal_breaks_a_promise(int open, bool disposes)
    {
        var model = new ProtocolModel(Missing.None, open, opensFail: !disposes, timesOut: true, disposes: disposes);
        Assert.Null(model.Explore());
        output.WriteLine($"{model.States} states");
        Assert.True(model.States > 1000);
    }

    [Theory]
    [InlineData(nameof(Missing.FenceAfterSignal), "waits for ever")]
    [InlineData(nameof(Missing.LookAfterPutBack), "waits for ever")]
    [InlineData(nameof(Missing.LookAfterSignal), "waits for ever")]
    [InlineData(nameof(Missing.SwapInRent), "hold place")]
    [InlineData(nameof(Missing.SwapInReturn), "hold place")]
    [InlineData(nameof(Missing.SettleOnce), "served after its end")]
    [InlineData(nameof(Missing.DriveAfterOpen), "waits for ever")]
    [InlineData(nameof(Missing.SweepAfterPutBack), "outlived a clear")]
    [InlineData(nameof(Missing.SweepAfterPutBack), "outlived the disposal")]
    [InlineData(nameof(Missing.LookAtTimeOut), "was ended by the time-out of")]
    [InlineData(nameof(Missing.CloseOldOpen), "outlived a clear")]
    [InlineData(nameof(Missing.CloseOldOpen), "outlived the disposal")]
    [InlineData(nameof(Missing.RefuseAfterDispose), "waits for ever")]
    [InlineData(nameof(Missing.EndWaitsAtDispose), "waits for ever")]
    [InlineData(nameof(Missing.LookAtGeneration), "is older than the clear")]
    public void Each_part_is_needed(string part, string expected)
    {
        var missing = Enum.Parse<Missing>(part);
        var found = new List<string?>();
        foreach (var open in (int[])[2, 1, 0])
        {
            found.Add(new ProtocolModel(missing, open, clears: false, cancels: false, opensFail: true, doubleReturn: true).Explore());
            found.Add(new ProtocolModel(missing, open, clears: true, cancels: true, opensFail: false, doubleReturn: false).Explore());
            found.Add(new ProtocolModel(missing, open, timesOut: true).Explore());
            found.Add(new ProtocolModel(missing, open, disposes: true).Explore());
        }

        output.WriteLine(string.Join('\n', found));
        Assert.Contains(found, text => text?.Contains(expected, StringComparison.Ordinal) ?? false);
    }
}
