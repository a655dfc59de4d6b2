using Routing.Statements;

namespace Routing.Providers.SqlServer;

/// <summary>How T-SQL is read: its quotes, and a classifier made of them and of <see cref="SqlServerWords"/>.</summary>
internal static class SqlServerSyntax
{
    /// <summary>
    /// Quotes and comments with <c>QUOTED_IDENTIFIER ON</c>, which SqlClient sets at log-in. Off, what stands in double quotes
    /// is a string; the redactor leaves it out either way.
    /// </summary>
    public static SqlSyntax Syntax { get; } = new()
    {
        NestedComments = true,
        StringPrefixes = "n",
        QuotedNamesMayBeStrings = true,
        Brackets = true,
        DoubledBrackets = true,
        NamedParameters = "@",
        SystemVariables = true,
        HashNames = true,
        UnicodeSpaces = true,
        Operators = "+-*/<>=~!%&|^",
    };

    /// <summary>The classifier.</summary>
    public static SqlClassifier Classifier { get; } = new(Syntax, SqlServerWords.Create());
}
