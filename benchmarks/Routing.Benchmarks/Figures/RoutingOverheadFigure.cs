using System.Data.Common;
using Dapper;
using Routing.Drivers;
using Routing.Testing;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does the whole line add (classify, route, rent, reset, return, facade), on a driver that answers at once, against
/// Dapper on a held connection of the same driver? Text and arguments object on both sides.
/// </summary>
internal class RoutingOverheadFigure : DifferenceFigure
{
    private const string Text = "select id, customer from orders where id = @id";

    private FakeRouting? _ours;
    private DbConnection? _held;

    public override string Name => "routing-overhead";

    public override string Peer => "Dapper on a held connection of the same fake driver";

    protected IRoutingDatabase Db => _ours!.Database;

    protected override Operation OurRun => Operation.Each(async () => await Db.QuerySingleAsync<long>(Text, new { id = 7L }));

    protected override Operation PeerRun => Operation.Each(async () => await _held!.QuerySingleAsync<long>(Text, new { id = 7L }));

    public override async ValueTask SetUpAsync()
    {
        var driver = new FakeDriver { Answer = static _ => new FakeResult(["id"], [typeof(long)], [[7L]]) };
        _ours = new FakeRouting(new FakeDriver { KeepsClean = true, Answer = driver.Answer });
        _held = (await driver.OpenAsync(Lane.Writer, async: false, Primitives.Deadline.None, CancellationToken.None)).Connection;
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_ours is not null)
        {
            await _ours.DisposeAsync();
        }
    }
}

/// <summary>The same with an interpolated text on our side: its hole becomes the parameter.</summary>
internal sealed class RoutingOverheadInterpolatedFigure : RoutingOverheadFigure
{
    private static readonly long Id = Environment.ProcessId;

    public override string Name => "routing-overhead-interpolated";

    protected override Operation OurRun => Operation.Each(async () => await Db.QuerySingleAsync<long>($"select id, customer from orders where id = {Id}"));
}
