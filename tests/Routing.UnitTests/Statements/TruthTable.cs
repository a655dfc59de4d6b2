using Routing.Statements;

namespace Routing.UnitTests.Statements;

/// <summary>
/// Rows of the form <c>Class Effect | text | reason</c>. In the text <c>\n</c> is a line feed and <c>\u00A0</c> a no-break space. The reason
/// may be left out, the verb stands after the effect where it matters (<c>Controls:Begin</c>).
/// </summary>
internal static class TruthTable
{
    public static TheoryData<string, string, string?> Parse(string table)
    {
        var rows = new TheoryData<string, string, string?>();
        foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var cells = line.Split(" | ");
            Assert.True(cells.Length is 2 or 3, line);
            rows.Add(string.Join(' ', cells[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)), cells[1].Trim(), cells.Length == 3 ? cells[2].Trim() : null);
        }

        return rows;
    }

    public static void Check(IStatementClassifier classifier, string expected, string text, string? reason)
    {
        var statement = classifier.Classify(Unescape(text));
        Assert.Equal(expected, Describe(statement));
        if (reason is not null)
        {
            Assert.Equal(Unescape(reason), statement.Reason);
        }
    }

    private static string Unescape(string cell) =>
        cell.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\u00A0", "\u00A0", StringComparison.Ordinal);

    private static string Describe(Statement statement)
    {
        var effect = statement.Effect switch
        {
            SessionEffect.ReadsConnectionState => statement.Dirties ? "Reads+dirt" : "Reads",
            SessionEffect.SetsSessionState => "Sets",
            SessionEffect.ControlsTransaction => "Controls",
            _ => statement.Effect.ToString(),
        };
        var verb = statement.Verb == TransactionVerb.None ? "" : ":" + statement.Verb;
        return $"{statement.Class} {effect}{verb}";
    }
}
