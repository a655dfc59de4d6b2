namespace Routing.Statements;

/// <summary>An engine's reading of SQL texts. Thread-safe; the same text always gets the same answer.</summary>
public interface IStatementClassifier
{
    /// <summary>Classifies a text. Never throws for what the text says: what cannot be understood is <see cref="StatementClass.Unknown"/>.</summary>
    /// <param name="text">The SQL.</param>
    Statement Classify(string text);
}
