using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Reports;

namespace Routing.BenchmarkTests.Reports;

/// <summary>A report of made-up numbers: a win, a loss, an undecided comparison and one of each other kind.</summary>
internal static class SampleReport
{
    public static MachineFacts Machine { get; } = new(
        new DateOnly(2026, 11, 21), "v0.1.0-3-gabc1234", "Some CPU <x64> | \"8\"", 1, 15.6, "Some Linux, X64", ".NET 10.0.1", "workstation GC, concurrent", "15.18",
        new Dictionary<string, string> { ["Dapper"] = "2.1.86", ["Npgsql"] = "10.0.0" });

    public static IReadOnlyList<FigureResult> Figures { get; } =
    [
        new("clock", FigureResult.Nanoseconds, FigureResult.NoPeer, Statistics.Of([24.1, 24.2, 24.3]), ("bytes", 0), ("clock", 24), ("cas", 5.2)),
        Ratio("same-work", "the same", [0.99, 1, 1.01], 1000, 1000, 0, 0),
        Ratio("wins", "Dapper <\"&'> | driver's pool", [0.86, 0.87, 0.88], 54_321, 62_000, 1726, 2508),
        Ratio("loses", "a bare driver", [1.2, 1.25, 1.3], 2_500_000, 2_000_000, 20_480, 10_240),
        Ratio("is-noisy", "another peer", [0.5, 0.994, 4], 400, 402, 96, 0),
        new("gets-done", FigureResult.Throughput, "the better pool", Statistics.Of([1.2, 1.3, 1.4]), ("ours-ns", 40), ("p999-ratio", 0.954)),
        new("spikes", FigureResult.FakeMilliseconds, FigureResult.NoPeer, Statistics.Of([20]), ("connections", 6), ("opens", 1)),
        new("adds", FigureResult.Nanoseconds, "Dapper on a held connection", Statistics.Of([280, 283, 290]), ("bytes", 136), ("clock", 24), ("cas", 5.2)),
    ];

    public static IReadOnlyList<SuiteResult> Suites { get; } =
    [
        new("PoolRents", "Bag", 20.5, 1.25, 0, IsBaseline: true),
        new("PoolRents", "RentAndReturn", 82, 3, 24, IsBaseline: false),
    ];

    public static IReadOnlyList<string> Lines { get; } =
        [ResultLines.Write(Machine), .. Figures.Select(ResultLines.Write), .. Suites.Select(ResultLines.Write)];

    public static Report Create() => ResultLines.Read(Lines);

    private static FigureResult Ratio(string name, string peer, double[] values, double ours, double theirs, double ourBytes, double theirBytes) =>
        new(name, FigureResult.Ratio, peer, Statistics.Of(values), ("ours-ns", ours), ("peer-ns", theirs), ("ours-bytes", ourBytes), ("peer-bytes", theirBytes));
}
