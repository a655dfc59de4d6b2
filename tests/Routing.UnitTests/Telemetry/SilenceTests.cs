using Routing.Mappers;
using Routing.Primitives;
using Routing.Sessions;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>Nobody listens: nothing is made.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class SilenceTests
{
    private const string Text = "select id from silent";

    [Fact]
    public async Task Without_a_listener_a_statement_allocates_nothing_for_telemetry()
    {
        await using var routing = new FakeRouting(new FakeDriver { Answer = static _ => new FakeResult(["id"], [typeof(long)], [[7L]]) });
        var database = routing.Database;
        var session = database.Session;
        var before = Measure(() => database.QuerySingle<long>(Text));
        var without = Measure(() => session.DispatchAsync(
            CallPlan.Of(routing.Source, Text, arguments: null, options: null), MapperOperations.Single<long>(), async: false, CancellationToken.None).Completed());
        long listening;
        using (new TelemetryCapture())
        {
            Assert.True(StatementTelemetry.IsOn(routing.Source));
            listening = Measure(() => database.QuerySingle<long>(Text));
        }

        Assert.False(StatementTelemetry.IsOn(routing.Source));
        Assert.Null(StatementTelemetry.Start(routing.Source, default));
        Assert.Equal(without, before);
        Assert.Equal(before, Measure(() => database.QuerySingle<long>(Text)));
        Assert.True(listening > before, $"{listening} B while somebody listens, {before} B while nobody does: the measurement does not see telemetry.");
    }

    private static long Measure(Action run)
    {
        const int Times = 200;
        for (var i = 0; i < Times; i++)
        {
            run();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
        {
            run();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }
}
