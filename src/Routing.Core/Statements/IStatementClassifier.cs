namespace Routing.Statements;

/// <summary>An engine's reading of SQL texts. Thread-safe; the same text always gets the same answer.</summary>
public interface IStatementClassifier
{
    /// <summary>Classifies a text. Never throws for what the text says: what cannot be understood is <see cref="StatementClass.Unknown"/>.</summary>
    /// <param name="text">The SQL.</param>
    Statement Classify(string text);

    /// <summary>
    /// Asks whether a text provably leaves nothing on its connection in a database whose definitions are known. Never throws for
    /// what the text says. Default: nothing is proven.
    /// </summary>
    /// <param name="text">The SQL.</param>
    /// <param name="catalog">The definitions.</param>
    /// <returns>In a few words what is not proven; null when all is.</returns>
    string? Doubt(string text, Catalog catalog) => "this classifier proves nothing";

    /// <summary>
    /// The text for telemetry, without its literals: strings and numbers become <c>?</c>, comments are left out. Null when
    /// it cannot be told with certainty what is a literal; the text is then not shown at all. Default: null.
    /// </summary>
    /// <param name="text">The SQL.</param>
    string? Redact(string text) => null;
}
