using Routing.Statements;

namespace Routing.Providers.PostgreSql;

/// <summary>How PostgreSQL's SQL is read: its quotes, and a classifier made of them and of <see cref="PostgreSqlWords"/>.</summary>
internal static class PostgreSqlSyntax
{
    /// <summary>
    /// Quotes and comments as PostgreSQL 10 to 18 read them with <c>standard_conforming_strings = on</c>, the default
    /// since 9.1. With the setting off, a plain string that ends in a backslash is read as ended where the server goes on.
    /// </summary>
    public static SqlSyntax Syntax { get; } = new()
    {
        NestedComments = true,
        CarriageReturnEndsLineComment = true,
        EscapeStrings = true,
        UnicodeEscapes = true,
        DollarQuotes = true,
        DollarNumbers = true,
        DoubleColonCasts = true,
        StringPrefixes = "bxn",
        NamedParameters = "@:",
        Operators = "+-*/<>=~!@#%^&|`?:",
    };

    /// <summary>The classifier.</summary>
    public static SqlClassifier Classifier { get; } = new(Syntax, PostgreSqlWords.Create());
}
