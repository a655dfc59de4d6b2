using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>How a comparison ended.</summary>
internal enum Outcome
{
    /// <summary>At least nine rounds in ten took Routing less time.</summary>
    Win,

    /// <summary>The rounds lie on both sides of the peer.</summary>
    Undecided,

    /// <summary>At least nine rounds in ten took Routing more time.</summary>
    Loss,
}

/// <summary>Comparisons in plain words, from the same numbers as the tables.</summary>
internal static class Reading
{
    public static Outcome OutcomeOf(FigureResult figure) => figure.Statistics switch
    {
        { P90: < 1 } => Outcome.Win,
        { P10: > 1 } => Outcome.Loss,
        _ => Outcome.Undecided,
    };

    /// <summary>One sentence, with the figure's name first.</summary>
    public static string Of(FigureResult figure)
    {
        var (median, p10, p90, _) = figure.Statistics;
        var ends = $"the middle 80 % of rounds: {Versus(p10)} to {Versus(p90)}";
        var noise = figure.Statistics.IsNoisy ? "; noisy" : "";
        return OutcomeOf(figure) == Outcome.Undecided
            ? $"`{figure.Name}`: no clear difference from {figure.Peer}; the median is {Versus(median)} ({ends}{noise})."
            : $"`{figure.Name}` takes {Versus(median)} than {figure.Peer} ({ends}{noise}).";
    }

    private static string Versus(double ratio)
    {
        var percent = Math.Abs(ratio - 1) * 100;
        return ratio == 1 ? "the same time" : $"{Words.Number(percent < 1 ? percent : Math.Round(percent, MidpointRounding.AwayFromZero))} % {(ratio < 1 ? "less" : "more")} time";
    }
}
