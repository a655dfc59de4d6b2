using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>How SQL of MySQL and MariaDB is read: its quotes, and a classifier made of them and of <see cref="MySqlWords"/>.</summary>
internal static class MySqlSyntax
{
    /// <summary>
    /// Quotes and comments as the servers read them without <c>ANSI_QUOTES</c> and <c>NO_BACKSLASH_ESCAPES</c>, with which no
    /// connection opens. An assignment inside an expression (<c>@a := 1</c>) has a sign that is left out here, so that such a text is
    /// unreadable, and so are comments that the server executes. <c>@name</c> is a parameter; without one of that name it is a variable.
    /// </summary>
    public static SqlSyntax Syntax { get; } = new()
    {
        HashComments = true,
        DashCommentsNeedSpace = true,
        ExecutableComments = true,
        BackslashEscapes = true,
        DoubleQuotedStrings = true,
        Backticks = true,
        StringPrefixes = "bxn",
        NamedParameters = "@?",
        Operators = "+-*/<>=~!%&|^?",
    };

    /// <summary>The classifier.</summary>
    public static SqlClassifier Classifier { get; } = new(Syntax, MySqlWords.Create());
}
