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

        var text = line.TrimStart();
        return texts.Redact(text) is { } redacted ? line[..(line.Length - text.Length)] + redacted : null;
    }

    [GeneratedRegex(@"\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Node();
}
