using System.Text;
using System.Text.RegularExpressions;

namespace Routing.Sessions;

/// <summary>
/// Takes the literals out of a plan: a server shows conditions with the values of the parameters in them. The lines of the
/// plan's nodes, which hold names, costs and estimates only, stay as they are. Pure.
/// </summary>
internal static partial class PlanRedactor
{
    public static string Redact(IReadOnlyList<string> lines, QueryTexts texts)
    {
        var plan = new StringBuilder();
        foreach (var line in lines)
        {
            if (Redact(line, texts) is { } redacted)
            {
                plan.Append(plan.Length == 0 ? "" : "\n").Append(redacted);
            }
        }

        return plan.ToString();
    }

    private static string? Redact(string line, QueryTexts texts)
    {
        if (Node().IsMatch(line) && !line.Contains('\'', StringComparison.Ordinal))
        {
            return line;
        }

        // What the server calls the condition is its own word.
        var label = Label().Match(line);
        return texts.Redact(line[label.Length..]) is { } redacted ? label.Value + redacted : null;
    }

    [GeneratedRegex("^ *([A-Z][A-Za-z0-9 ]*: )?", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label();

    [GeneratedRegex(@"\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Node();
}
