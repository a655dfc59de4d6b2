using System.Xml.Linq;
using Routing.Benchmarks.Reports;

namespace Routing.BenchmarkTests.Reports;

public sealed class BarChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_plot_is_well_formed_and_names_every_figure_and_peer()
    {
        var report = SampleReport.Create();

        foreach (var (file, text) in report.Render().Where(static file => file.Key.EndsWith(".svg", StringComparison.Ordinal)))
        {
            var svg = XDocument.Parse(text).Root!;
            Assert.Equal(Svg + "svg", svg.Name);
            var shown = svg.Descendants(Svg + "tspan").Select(static span => span.Value).ToList();
            foreach (var figure in report.Comparisons.Where(figure => file == ReportPage.TimesPlot || figure.Detail("peer-bytes") > 0))
            {
                Assert.Contains(figure.Name, shown);
                Assert.Contains("÷ " + figure.Peer, shown);
            }
        }
    }

    [Fact]
    public void A_plot_needs_nothing_beside_itself_and_follows_the_theme()
    {
        var text = ReportPlots.Times(SampleReport.Create());

        Assert.Contains("@media (prefers-color-scheme: dark)", text, StringComparison.Ordinal);
        foreach (var outside in new[] { "href", "url(", "<image", "<script", "@import", "<!" })
        {
            Assert.DoesNotContain(outside, text, StringComparison.Ordinal);
        }

        Assert.Equal("http://www.w3.org/2000/svg", Assert.Single(text.Split('"'), static part => part.Contains("://", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_same_results_draw_the_same_plot() =>
        Assert.Equal(SampleReport.Create().Render(), SampleReport.Create().Render());

    [Fact]
    public void Bars_and_whiskers_end_where_their_numbers_are()
    {
        var svg = XDocument.Parse(BarChart.Draw("t", "n", [new Bar("half", "p", 0.5, 0.25, 1, Outcome.Win), new Bar("twice", "p", 1.25, 1, 1.25, Outcome.Loss)])).Root!;

        // The axis ends at 1.25 and is 760 wide from 20 on.
        Assert.Equal(["win 304", "loss 760"], svg.Elements(Svg + "rect").Skip(1).Select(static bar => $"{bar.Attribute("class")!.Value} {bar.Attribute("width")!.Value}"));
        Assert.Equal(
            ["172-628", "628-780"],
            svg.Elements(Svg + "line").Where(static line => line.Attribute("class")!.Value == "whisker" && line.Attribute("y1")!.Value == line.Attribute("y2")!.Value)
                .Select(static line => $"{line.Attribute("x1")!.Value}-{line.Attribute("x2")!.Value}"));
        Assert.Equal("628", Assert.Single(svg.Elements(Svg + "line"), static line => line.Attribute("class")!.Value == "one").Attribute("x1")!.Value);
    }

    [Fact]
    public void What_is_longer_than_the_axis_is_cut_and_still_says_its_number()
    {
        var svg = XDocument.Parse(BarChart.Draw("t", "n", [new Bar("far", "p", 12.3, 2, 30, Outcome.Loss)])).Root!;

        Assert.Equal("760", svg.Elements(Svg + "rect").Last().Attribute("width")!.Value);
        Assert.Contains("12.30", svg.Elements(Svg + "text").Select(static text => text.Value));

        // The whisker and its near end; the far end is not on the picture.
        Assert.Equal(2, svg.Elements(Svg + "line").Count(static line => line.Attribute("class")!.Value == "whisker"));
    }
}
