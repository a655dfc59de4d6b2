using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Routing.Benchmarks.Reports;

/// <summary>One bar of a chart.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Note">Against what; shown smaller.</param>
/// <param name="Value">Where the bar ends.</param>
/// <param name="Low">Where its whisker begins; null for none.</param>
/// <param name="High">Where its whisker ends; null for none.</param>
/// <param name="Outcome">Its colour.</param>
internal sealed record Bar(string Name, string Note, double Value, double? Low, double? High, Outcome Outcome);

/// <summary>
/// Horizontal bars with whiskers around the line at 1, as SVG. Needs nothing beside itself, follows the reader's light or
/// dark theme, and is the same text for the same bars.
/// </summary>
internal static class BarChart
{
    private const int Width = 860;
    private const int Left = 20;
    private const int Right = 80;
    private const int Top = 84;
    private const int RowHeight = 46;
    private const int BarHeight = 14;
    private const int Bottom = 40;
    private const int PlotWidth = Width - Left - Right;

    // Whatever is longer is cut there; its number still says how long it is.
    private const double FarthestEnd = 2.5;

    // Letters have an edge in the ground's colour, because the axis runs behind them.
    // Plain rules instead of variables, which programs that make pictures of it do not all know.
    private const string Style = """
        text { font: 12px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
        .title { font-size: 16px; font-weight: 600; }
        .name { font-family: ui-monospace, monospace; font-weight: 600; }
        .quiet { fill: #59636e; }
        .ground { fill: #ffffff; }
        .grid { stroke: #d1d9e0; }
        .one, .whisker { stroke: #1f2328; stroke-width: 1.5; }
        .one { stroke-dasharray: 4 3; }
        .win { fill: #0969da; }
        .loss { fill: #bc4c00; }
        .undecided { fill: #818b98; }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc; stroke: #0d1117; }
          .quiet { fill: #9198a1; }
          .ground { fill: #0d1117; }
          .grid { stroke: #3d444d; }
          .one, .whisker { stroke: #f0f6fc; }
          .win { fill: #4493f8; }
          .loss { fill: #f0883e; }
          .undecided { fill: #8b949e; }
        }
        """;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Draws the chart.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="note">What a bar means.</param>
    /// <param name="bars">From top to bottom.</param>
    public static string Draw(string title, string note, IReadOnlyList<Bar> bars)
    {
        var height = Top + (bars.Count * RowHeight) + Bottom;
        var end = EndOf(bars);
        var svg = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {height}"),
            new XAttribute("width", Width),
            new XAttribute("height", height),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", title),
            new XElement(Svg + "desc", string.Join("; ", bars.Select(static bar => $"{bar.Name}: {Words.Ratio(bar.Value)}")) + "."),
            new XElement(Svg + "style", Style),
            new XElement(Svg + "rect", new XAttribute("class", "ground"), new XAttribute("width", Width), new XAttribute("height", height)),
            Text(Left, 28, title, "title"),
            Text(Left, 48, note, "quiet"));
        svg.Add(Axis(end, height));
        for (var i = 0; i < bars.Count; i++)
        {
            svg.Add(Row(bars[i], Top + (i * RowHeight), end));
        }

        return Serialize(svg);
    }

    private static double EndOf(IReadOnlyList<Bar> bars)
    {
        var longest = bars.Max(static bar => Math.Max(bar.Value, bar.High ?? 0));
        return Math.Min(FarthestEnd, Math.Max(1.25, Math.Ceiling(longest * 4) / 4));
    }

    private static IEnumerable<XElement> Axis(double end, int height)
    {
        for (var tick = 0.0; tick <= end; tick += 0.25)
        {
            var isOne = tick == 1;
            yield return Line(X(tick, end), Top - 16, X(tick, end), height - Bottom, isOne ? "one" : "grid");
            yield return Text(X(tick, end), height - Bottom + 18, isOne ? "1 = the peer" : Words.Ratio(tick), isOne ? "" : "quiet", "middle");
        }
    }

    private static IEnumerable<XElement> Row(Bar bar, double top, double end)
    {
        var label = Text(Left, top + 8, "", "");
        label.Add(
            new XElement(Svg + "tspan", new XAttribute("class", "name"), bar.Name),
            new XElement(Svg + "tspan", new XAttribute("class", "quiet"), new XAttribute("dx", 8), "÷ " + bar.Note));
        yield return label;

        var barTop = top + 15;
        var middle = barTop + (BarHeight / 2.0);
        yield return new XElement(
            Svg + "rect",
            new XAttribute("class", Enum.GetName(bar.Outcome)!.ToLowerInvariant()),
            new XAttribute("x", Left),
            new XAttribute("y", Number(barTop)),
            new XAttribute("width", Number(X(bar.Value, end) - Left)),
            new XAttribute("height", BarHeight));
        if (bar is { Low: { } low, High: { } high })
        {
            yield return Line(X(low, end), middle, X(high, end), middle, "whisker");
            yield return Line(X(low, end), middle - 4, X(low, end), middle + 4, "whisker");

            // A whisker that is cut has no end to mark.
            if (high <= end)
            {
                yield return Line(X(high, end), middle - 4, X(high, end), middle + 4, "whisker");
            }
        }

        yield return Text(Width - Right + 12, middle + 4, Words.Ratio(bar.Value), "name");
    }

    private static double X(double value, double end) => Left + (PlotWidth * Math.Clamp(value, 0, end) / end);

    private static XElement Line(double x1, double y1, double x2, double y2, string style) => new(
        Svg + "line",
        new XAttribute("class", style),
        new XAttribute("x1", Number(x1)),
        new XAttribute("y1", Number(y1)),
        new XAttribute("x2", Number(x2)),
        new XAttribute("y2", Number(y2)));

    private static XElement Text(double x, double y, string text, string style, string anchor = "start") => new(
        Svg + "text",
        style.Length > 0 ? new XAttribute("class", style) : null,
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        anchor != "start" ? new XAttribute("text-anchor", anchor) : null,
        text);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Serialize(XElement svg)
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n" }))
        {
            svg.Save(writer);
        }

        return text.Append('\n').ToString();
    }
}
