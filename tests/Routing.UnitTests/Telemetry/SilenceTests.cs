using Routing.Sessions;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>Nobody listens: nothing is made.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class SilenceTests
{
    [Fact]
    public async Task Without_a_listener_a_statement_allocates_nothing_for_telemetry()
    {
        await using var routing = new FakeRouting(new FakeDriver { Answer = static _ => new FakeResult(["id"], [typeof(long)], [[7L]]) });
        var before = Measure(routing.Database);
        long listening;
        using (new TelemetryCapture())
        {
            Assert.True(StatementTelemetry.IsOn(routing.Source));
            listening = Measure(routing.Database);
        }

        Assert.False(StatementTelemetry.IsOn(routing.Source));
        Assert.Null(StatementTelemetry.Start(routing.Source, default));
        Assert.Equal(before, Measure(routing.Database));
        Assert.True(listening > before, $"{listening} B while somebody listens, {before} B while nobody does: the measurement does not see telemetry.");
    }

    private static long Measure(IRoutingDatabase database)
    {
        const int Times = 200;
        for (var i = 0; i < Times; i++)
        {
            database.QuerySingle<long>("select id from silent");
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
        {
            database.QuerySingle<long>("select id from silent");
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }
}
