using System.Runtime.CompilerServices;
using Routing.Diagnostics;
using Routing.Statements;

namespace Routing.Sessions;

/// <summary>
/// What telemetry calls statements: a bounded number of summaries, and texts without literals, worked out once per
/// statement and forgotten with it. Thread-safe.
/// </summary>
internal sealed class QueryTexts(IStatementClassifier classifier)
{
    /// <summary>Enough for the tables of a large schema; times the nodes it stays within the 2000 series that collectors allow a metric by default.</summary>
    public const int MaxSummaries = 256;

    private readonly BoundedNames _summaries = new(MaxSummaries);
    private readonly ConditionalWeakTable<Statement, Redacted> _texts = [];

    public string SummaryOf(Statement statement) => _summaries.Of(statement.Summary);

    /// <summary>Null when it is not known what in the text is a literal, or when it is too long to be read for this.</summary>
    public string? TextOf(Statement statement) => _texts.GetValue(statement, Redact).Text;

    /// <summary>Null as for <see cref="TextOf"/>.</summary>
    public string? Redact(string text) => text.Length is 0 or > StatementCache.LongestText ? null : classifier.Redact(text);

    private Redacted Redact(Statement statement) => new(Redact(statement.Text));

    private sealed record Redacted(string? Text);
}
