using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Figures.Pooling;

namespace Routing.BenchmarkTests.Figures;

public sealed class FigureTests
{
    [Theory]
    //          values                        median  p10   p90
    [InlineData(new[] { 7.0 },                7.0,    7.0,  7.0)]
    [InlineData(new[] { 1.0, 3.0 },           2.0,    1.2,  2.8)]
    [InlineData(new[] { 3.0, 1.0, 2.0 },      2.0,    1.2,  2.8)]
    [InlineData(new[] { 0.0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100 }, 50.0, 10.0, 90.0)]
    [InlineData(new[] { -4.0, -2.0, 0.0 },    -2.0,   -3.6, -0.4)]
    public void Percentiles_lie_between_the_nearest_ranks(double[] values, double median, double p10, double p90)
    {
        var statistics = Statistics.Of(values);

        Assert.Equal((median, p10, p90, values.Length), (Round(statistics.Median), Round(statistics.P10), Round(statistics.P90), statistics.Runs));
    }

    [Fact]
    public void No_values_have_no_statistics() =>
        Assert.Equal("Statistics need at least one value. (Parameter 'values')", Assert.Throws<ArgumentException>(static () => Statistics.Of([])).Message);

    [Theory]
    //          median  p10    p90    noisy
    [InlineData(100,    95,    115,   false)]
    [InlineData(100,    95,    115.1, true)]
    [InlineData(100,    100,   100,   false)]
    [InlineData(-100,   -110,  -90,   false)]
    [InlineData(-100,   -111,  -90,   true)]
    [InlineData(0,      -1,    1,     true)]
    [InlineData(0,      0,     0,     false)]
    public void Rounds_are_noisy_when_their_middle_spans_more_than_a_fifth_of_the_median(double median, double p10, double p90, bool noisy) =>
        Assert.Equal(noisy, new Statistics(median, p10, p90, 31).IsNoisy);

    [Fact]
    public void A_ratio_prints_three_decimals() => Assert.Equal(
        "name=pg-point-read value=0.871 unit=ratio peer=Dapper_over_NpgsqlDataSource p10=0.850 p90=0.900 runs=31",
        new FigureResult("pg-point-read", FigureResult.Ratio, "Dapper over NpgsqlDataSource", new Statistics(0.87123, 0.85, 0.9, 31)).ToLine());

    [Fact]
    public void Nanoseconds_print_one_decimal_with_their_details_and_noise_last() => Assert.Equal(
        "name=routing-overhead value=512.3 unit=ns peer=bare p10=400.0 p90=700.0 runs=40 bytes=96 clock=24.6 cas=7 noisy",
        new FigureResult("routing-overhead", FigureResult.Nanoseconds, "bare", new Statistics(512.34, 400, 700, 40), ("bytes", 96), ("clock", 24.61), ("cas", 7)).ToLine());

    [Fact]
    public void A_ratio_is_the_median_of_each_rounds_ratio_and_keeps_every_round()
    {
        var result = RatioFigure.ResultOf("f", "p", [new Round(50, 100), new Round(30, 40), new Round(90, 100)], ourBytes: 96, peerBytes: 192);

        Assert.Equal([0.5, 0.75, 0.9], result.Statistics.Values);
        Assert.Equal(
            "name=f value=0.750 unit=ratio peer=p p10=0.550 p90=0.870 runs=3 ours-ns=50 peer-ns=100 ours-bytes=96 peer-bytes=192 noisy", result.ToLine());
    }

    [Fact]
    public void Throughput_is_compared_with_the_better_peer_and_more_is_better()
    {
        //                                                                  ours  channel  semaphore
        var result = ThroughputFigure.ResultOf("f", "p", [[50, 100, 60], [40, 100, 60], [60, 100, 60]], [("p999-ratio", 1.2049)]);

        Assert.Equal([1.2, 1.5, 1.0], result.Statistics.Values);
        Assert.Equal(
            "name=f value=1.200 unit=throughput-ratio peer=p p10=1.040 p90=1.440 runs=3 ours-ns=50 channel-ns=100 semaphore-ns=60 p999-ratio=1.205 noisy", result.ToLine());
    }

    [Fact]
    public async Task Without_names_all_figures_run_in_order_and_each_is_disposed()
    {
        var figures = new[] { new Scripted("one"), new Scripted("two") };

        var (code, output, errors) = await RunAsync(figures);

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(["name=one value=1.000 unit=ratio peer=p p10=1.000 p90=1.000 runs=1", "name=two value=1.000 unit=ratio peer=p p10=1.000 p90=1.000 runs=1"], Lines(output));
        Assert.All(figures, static figure => Assert.Equal("set up, measured, disposed", figure.Story));
    }

    [Fact]
    public async Task Only_named_figures_run()
    {
        var figures = new[] { new Scripted("one"), new Scripted("two") };

        var (code, output, _) = await RunAsync(figures, "two");

        Assert.Equal(0, code);
        Assert.StartsWith("name=two ", Assert.Single(Lines(output)), StringComparison.Ordinal);
        Assert.Equal("", figures[0].Story);
    }

    [Fact]
    public async Task An_unknown_name_runs_nothing_and_lists_the_names()
    {
        var figures = new[] { new Scripted("one"), new Scripted("two") };

        var result = await RunAsync(figures, "two", "tow");

        Assert.Equal((2, "", $"Unknown figure: tow. Figures: one, two.{Environment.NewLine}"), result);
        Assert.All(figures, static figure => Assert.Equal("", figure.Story));
    }

    [Fact]
    public async Task A_figure_that_fails_is_disposed_and_the_others_still_run()
    {
        var figures = new[] { new Scripted("one") { Fails = true }, new Scripted("two") };

        var (code, output, errors) = await RunAsync(figures);

        Assert.Equal(1, code);
        Assert.StartsWith("name=two ", Assert.Single(Lines(output)), StringComparison.Ordinal);
        Assert.StartsWith("Figure one failed: System.InvalidOperationException: no server", errors, StringComparison.Ordinal);
        Assert.Equal("set up, disposed", figures[0].Story);
    }

    private static double Round(double value) => Math.Round(value, 9);

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(int Code, string Output, string Errors)> RunAsync(Scripted[] figures, params string[] names)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await FigureRunner.RunAsync(figures, names, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private sealed class Scripted(string name) : Figure
    {
        private readonly List<string> _story = [];

        public bool Fails { get; init; }

        public string Story => string.Join(", ", _story);

        public override string Name => name;

        public override string Peer => "p";

        public override ValueTask SetUpAsync()
        {
            _story.Add("set up");
            return Fails ? throw new InvalidOperationException("no server") : default;
        }

        public override Task<FigureResult> MeasureAsync()
        {
            _story.Add("measured");
            return Task.FromResult(new FigureResult(Name, FigureResult.Ratio, Peer, new Statistics(1, 1, 1, 1)));
        }

        public override ValueTask RunOnceAsync() => default;

        protected override ValueTask CleanUpAsync()
        {
            _story.Add("disposed");
            return default;
        }
    }
}
