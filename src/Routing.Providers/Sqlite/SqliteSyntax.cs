using Routing.Statements;

namespace Routing.Providers.Sqlite;

/// <summary>How SQLite's SQL is read: its quotes, and a classifier made of them and of <see cref="SqliteWords"/>.</summary>
internal static class SqliteSyntax
{
    /// <summary>Quotes and comments as SQLite reads them. An unterminated comment, which SQLite accepts, is refused.</summary>
    public static SqlSyntax Syntax { get; } = new()
    {
        StringPrefixes = "x",
        QuotedNamesMayBeStrings = true,
        Backticks = true,
        Brackets = true,
        NamedParameters = "@:$",
        QuestionMarks = true,
        ParametersHaveSuffixes = true,
        Operators = "+-*/<>=~!%&|",
    };

    /// <summary>The classifier.</summary>
    public static SqlClassifier Classifier { get; } = new(Syntax, SqliteWords.Create());
}
