namespace Routing.Statements;

/// <summary>An engine's reading of SQL texts. Thread-safe; the same text always gets the same answer.</summary>
public interface IStatementClassifier
{
    /// <summary>Classifies a text. Never throws for what the text says: what cannot be understood is <see cref="StatementClass.Unknown"/>.</summary>
    /// <param name="text">The SQL.</param>
    Statement Classify(string text);

    /// <summary>
    /// The text for telemetry, without its literals: strings and numbers become <c>?</c>, comments are left out. Null when
    /// it cannot be told with certainty what is a literal; the text is then not shown at all. Default: null.
    /// </summary>
    /// <param name="text">The SQL.</param>
    string? Redact(string text) => null;
}
