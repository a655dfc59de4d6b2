namespace Routing.Statements;

/// <summary>
/// How one engine's SQL is cut into tokens: quotes, comments, parameter markers. It says nothing about what words mean;
/// that is <see cref="SqlVocabulary"/>. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// The lexer must never see less code than the server sees. Where an engine's reading depends on a setting or a
/// version, the lexer refuses the text (it is then <see cref="StatementClass.Unknown"/>) rather than guess. What only a
/// tool reads (<c>GO</c>, <c>DELIMITER</c>, psql's backslash commands, the data after COPY FROM STDIN) is no SQL: a driver
/// would send it to the server, which refuses it, and so it is an unknown statement here.
/// </remarks>
public sealed class SqlSyntax
{
    /// <summary>Whether <c>/* /* */ */</c> is one comment. Default false.</summary>
    public bool NestedComments { get; init; }

    /// <summary>Whether a carriage return ends a <c>--</c> comment as a line feed does. Default false.</summary>
    public bool CarriageReturnEndsLineComment { get; init; }

    /// <summary>Whether <c>#</c> begins a comment to the end of the line, as in MySQL. Default false.</summary>
    public bool HashComments { get; init; }

    /// <summary>Whether <c>--</c> begins a comment only before white space or the end of the text, as in MySQL, where <c>5--1</c> is 6. Default false.</summary>
    public bool DashCommentsNeedSpace { get; init; }

    /// <summary>
    /// Whether the server executes what stands in <c>/*! */</c> or <c>/*M! */</c>, as the MySQL family does by its version.
    /// Such texts are refused, because what runs cannot be told. Default false.
    /// </summary>
    public bool ExecutableComments { get; init; }

    /// <summary>Whether <c>E'...'</c> is a string in which a backslash escapes the next character, and which continues after a line break. Default false.</summary>
    public bool EscapeStrings { get; init; }

    /// <summary>Whether <c>U&amp;'...'</c> and <c>U&amp;"..."</c> exist. Default false.</summary>
    public bool UnicodeEscapes { get; init; }

    /// <summary>Whether <c>$tag$...$tag$</c> is a string. Default false.</summary>
    public bool DollarQuotes { get; init; }

    /// <summary>Whether a dollar sign followed by digits is a parameter. Default false.</summary>
    public bool DollarNumbers { get; init; }

    /// <summary>
    /// Whether a backslash in a plain <c>'...'</c> string, and in a <c>"..."</c> one where those are strings, escapes the next
    /// character. Default false. Where a setting of the session decides (<c>NO_BACKSLASH_ESCAPES</c>), the provider has to
    /// see to it that the setting does not change under the library.
    /// </summary>
    public bool BackslashEscapes { get; init; }

    /// <summary>The letters that may stand directly before a plain string, in lower case (<c>x'0F'</c>). Default none.</summary>
    public string StringPrefixes { get; init; } = "";

    /// <summary>Whether <c>"..."</c> is a string where no such name is in reach, as SQLite reads it: telemetry then leaves it out. Default false.</summary>
    public bool QuotedNamesMayBeStrings { get; init; }

    /// <summary>Whether <c>"..."</c> is a string and never a name, as in MySQL without <c>ANSI_QUOTES</c>. Default false.</summary>
    public bool DoubleQuotedStrings { get; init; }

    /// <summary>Whether <c>`...`</c> is a name. Default false.</summary>
    public bool Backticks { get; init; }

    /// <summary>Whether <c>[...]</c> is a name. Default false: brackets are subscripts.</summary>
    public bool Brackets { get; init; }

    /// <summary>Whether <c>]]</c> in a bracketed name is a bracket of it, as in SQL Server. Default false: the first one ends it, as in SQLite.</summary>
    public bool DoubledBrackets { get; init; }

    /// <summary>Whether <c>::</c> is a cast. Default false.</summary>
    public bool DoubleColonCasts { get; init; }

    /// <summary>The characters that begin a named parameter. Default none.</summary>
    public string NamedParameters { get; init; } = "";

    /// <summary>Whether <c>?</c>, with or without a number, is a parameter. Default false: it is an operator.</summary>
    public bool QuestionMarks { get; init; }

    /// <summary>
    /// Whether the engine reads a parenthesis or <c>::</c> directly after a parameter's name as part of the name (SQLite's
    /// Tcl variables). Such texts are refused, because what follows would be hidden. Default false.
    /// </summary>
    public bool ParametersHaveSuffixes { get; init; }

    /// <summary>
    /// Whether <c>@@name</c> is a value of the server's or the session's, as in SQL Server and MySQL. It is then a word, marks
    /// and all, which <see cref="SqlVocabulary.AddName"/> can tell something about. Default false: it makes a text unreadable.
    /// </summary>
    public bool SystemVariables { get; init; }

    /// <summary>Whether <c>#name</c> and <c>##name</c> are names, as SQL Server's temporary objects have them. Default false.</summary>
    public bool HashNames { get; init; }

    /// <summary>
    /// Whether only letters and digits beyond ASCII belong to names, and the engine may take others for white space or for the
    /// end of a line, as SQL Server does with the no-break space. Such texts, and line comments that hold a lone carriage
    /// return, are refused outside of quotes. Default false: all of them belong to names.
    /// </summary>
    public bool UnicodeSpaces { get; init; }

    /// <summary>The characters operators are made of. Others than these, quotes and punctuation make a text unreadable.</summary>
    public string Operators { get; init; } = "+-*/<>=~!%&|";
}
