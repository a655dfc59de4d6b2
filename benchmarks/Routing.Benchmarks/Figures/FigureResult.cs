using System.Globalization;
using System.Text;

namespace Routing.Benchmarks.Figures;

/// <summary>One measured figure, and its line.</summary>
/// <param name="Name">The figure's name.</param>
/// <param name="Unit">One of the constants here.</param>
/// <param name="Peer">What it was measured against; <c>none</c> for nothing.</param>
/// <param name="Statistics">The rounds.</param>
/// <param name="Details">Further numbers, by name, in this order.</param>
internal sealed record FigureResult(
    string Name, string Unit, string Peer, Statistics Statistics, params IReadOnlyList<(string Name, double Value)> Details)
{
    /// <summary>Our time ÷ the peer's: less is better.</summary>
    public const string Ratio = "ratio";

    /// <summary>What we do in a given time ÷ what the peer does in it: more is better.</summary>
    public const string Throughput = "throughput-ratio";

    public const string Nanoseconds = "ns";

    /// <summary>Milliseconds of a clock that a scenario moves itself: exact, the same on every machine.</summary>
    public const string FakeMilliseconds = "fake-ms";

    // A detail that is a ratio itself needs its decimals; the others are bytes, counts and times.
    private const string RatioSuffix = "-ratio";

    /// <summary>The peer of a figure that has none.</summary>
    public const string NoPeer = "none";

    /// <summary>A further number by its name; null when there is none.</summary>
    public double? Detail(string name)
    {
        foreach (var detail in Details)
        {
            if (detail.Name == name)
            {
                return detail.Value;
            }
        }

        return null;
    }

    /// <summary><c>name=… value=… unit=… peer=… p10=… p90=… runs=…</c>, the details, and <c>noisy</c>; values hold no blanks.</summary>
    public string ToLine()
    {
        var line = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"name={Word(Name)} value={Number(Statistics.Median)} unit={Unit} peer={Word(Peer)}")
            .Append(CultureInfo.InvariantCulture, $" p10={Number(Statistics.P10)} p90={Number(Statistics.P90)} runs={Statistics.Runs}");
        foreach (var (name, value) in Details)
        {
            line.Append(' ').Append(name).Append('=')
                .Append(value.ToString(name.EndsWith(RatioSuffix, StringComparison.Ordinal) ? "0.000" : "0.#", CultureInfo.InvariantCulture));
        }

        return line.Append(Statistics.IsNoisy ? " noisy" : "").ToString();
    }

    private string Number(double value) => value.ToString(Unit is Ratio or Throughput ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    private static string Word(string text) => string.Join('_', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
