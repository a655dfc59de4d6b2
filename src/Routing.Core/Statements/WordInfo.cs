namespace Routing.Statements;

/// <summary>What a word does in a query, in every engine.</summary>
internal enum WordRole : byte
{
    None,
    As,
    With,
    Recursive,
    Select,
    From,
    Group,
    Into,
    For,
    Update,
    Insert,
    OtherModification,
    Set,
    Not,

    /// <summary>Ends the list of tables.</summary>
    Clause,

    /// <summary>After FOR: the strength of a row lock.</summary>
    LockStrength,

    /// <summary>TABLE: a table's whole content.</summary>
    Table,
    Values,
}

/// <summary>What is known about a word. Changed only while its vocabulary is built.</summary>
internal sealed class WordInfo(string text)
{
    public static readonly (WordRole Role, string Words)[] SharedRoles =
    [
        (WordRole.As, "as"),
        (WordRole.With, "with"),
        (WordRole.Recursive, "recursive"),
        (WordRole.Select, "select"),
        (WordRole.From, "from"),
        (WordRole.Group, "group"),
        (WordRole.Into, "into"),
        (WordRole.For, "for"),
        (WordRole.Update, "update"),
        (WordRole.Insert, "insert"),
        (WordRole.OtherModification, "delete merge replace"),
        (WordRole.Set, "set"),
        (WordRole.Not, "not"),
        (WordRole.Clause, "where having order window limit offset fetch union intersect except returning"),
        (WordRole.LockStrength, "share no key"),
        (WordRole.Table, "table"),
        (WordRole.Values, "values"),
    ];

    public string Text { get; } = text;

    public WordRole Role { get; set; }

    public bool IsKeyword { get; set; }

    public bool IsReserved { get; set; }

    public bool IsValue { get; set; }

    public bool IsPrefix { get; set; }

    public bool StartsStatement { get; set; }

    public string[] NotCalledAfter { get; set; } = [];

    public FunctionEffect? Function { get; set; }

    public StatementRule? Statement { get; set; }

    /// <summary>Whether a value may end with this word, so that what follows is an infix operator.</summary>
    public bool EndsValue => IsValue || !(IsReserved || IsPrefix);
}

/// <summary>What a call of a known function does.</summary>
internal sealed record FunctionEffect(StatementClass Class, SessionEffect Effect);

/// <summary>Which names a rule of <see cref="SqlVocabulary.AddName"/> means.</summary>
public enum NameMatch
{
    /// <summary>Every name that begins so, unless it is a known function.</summary>
    Prefix,

    /// <summary>A name that begins so and qualifies another (<c>pg_temp_3.t</c>).</summary>
    QualifierPrefix,

    /// <summary>Exactly this name, when it qualifies another (<c>temp.t</c>).</summary>
    Qualifier,

    /// <summary>Exactly this name.</summary>
    Exact,
}

/// <summary>A name that matters wherever it stands.</summary>
internal sealed record NameRule(string Name, NameMatch Match, SessionEffect Effect, string Reason);
