using System.Diagnostics;
using Routing.Benchmarks.Peers.Bulk;

namespace Routing.Benchmarks.Figures.Bulk;

/// <summary>
/// What does a bulk insert of 100,000 rows cost, against the driver's own bulk path written by hand? Or, with
/// <paramref name="perRow"/>, against one Dapper Execute per row, of fewer rows and counted per row? One load is one slice: far longer than
/// those of other figures, so there are fewer rounds; they still alternate and swap their order each round.
/// </summary>
internal sealed class BulkInsertFigure(string name, Func<BulkContest> make, bool perRow) : Figure
{
    private const int Rows = 100_000;
    private const int RowsOfDapper = 2_000;
    private const int RowsOfOneRun = 100;
    private const int LeastRounds = 5;
    private const int MostRounds = 21;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(40);

    private readonly BulkContest _contest = make();

    public override string Name => name;

    public override string Peer => perRow ? "a Dapper Execute per row, per row" : _contest.NativeLabel;

    public override async ValueTask SetUpAsync() => await _contest.StartAsync();

    public override async Task<FigureResult> MeasureAsync()
    {
        var ours = LoadedRow.Many(Rows);
        var theirs = perRow ? LoadedRow.Many(RowsOfDapper) : ours;
        await NanosecondsPerRowAsync(_contest.LoadOursAsync, ours);
        await NanosecondsPerRowAsync(LoadPeerAsync, theirs);
        var rounds = new List<Round>(MostRounds);
        var start = Stopwatch.GetTimestamp();
        while (rounds.Count < LeastRounds || (rounds.Count < MostRounds && Stopwatch.GetElapsedTime(start) < Enough))
        {
            var isOursFirst = rounds.Count % 2 == 0;
            var first = isOursFirst ? await NanosecondsPerRowAsync(_contest.LoadOursAsync, ours) : await NanosecondsPerRowAsync(LoadPeerAsync, theirs);
            var second = isOursFirst ? await NanosecondsPerRowAsync(LoadPeerAsync, theirs) : await NanosecondsPerRowAsync(_contest.LoadOursAsync, ours);
            rounds.Add(isOursFirst ? new Round(first, second) : new Round(second, first));
        }

        return new FigureResult(
            Name,
            FigureResult.Ratio,
            Peer,
            Statistics.Of(rounds.Select(static round => round.Ours / round.Peer)),
            ("rows", ours.Length),
            ("peer-rows", theirs.Length),
            ("ours-ns-per-row", Statistics.Of(rounds.Select(static round => round.Ours)).Median),
            ("peer-ns-per-row", Statistics.Of(rounds.Select(static round => round.Peer)).Median));
    }

    public override async ValueTask RunOnceAsync()
    {
        await NanosecondsPerRowAsync(_contest.LoadOursAsync, LoadedRow.Many(RowsOfOneRun));
        await NanosecondsPerRowAsync(LoadPeerAsync, LoadedRow.Many(RowsOfOneRun));
    }

    protected override ValueTask CleanUpAsync() => _contest.DisposeAsync();

    private Task LoadPeerAsync(LoadedRow[] rows) => perRow ? _contest.LoadPerRowAsync(rows) : _contest.LoadNativeAsync(rows);

    private async Task<double> NanosecondsPerRowAsync(Func<LoadedRow[], Task> load, LoadedRow[] rows)
    {
        await _contest.ClearAsync();
        var start = Stopwatch.GetTimestamp();
        await load(rows);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var count = await _contest.CountAsync();
        return count == rows.Length ? elapsed.TotalNanoseconds / count : throw new InvalidOperationException($"{Name}: {rows.Length} rows were loaded, {count} are there.");
    }
}
