namespace Routing.Statements;

/// <summary>Picks the rule for a statement whose first word does not decide alone.</summary>
/// <param name="words">The statement.</param>
public delegate StatementRule StatementRuleChooser(StatementWords words);

/// <summary>How a statement is read once its first word is known. Immutable, thread-safe.</summary>
public sealed class StatementRule
{
    private StatementRule(StatementForm form) => Form = form;

    private StatementRule(StatementRule other)
        : this(other.Form)
    {
        Class = other.Class;
        Effect = other.Effect;
        Verb = other.Verb;
        Reason = other.Reason;
        Chooser = other.Chooser;
        NamesTarget = other.NamesTarget;
        ResetsSession = other.ResetsSession;
        Aftermath = other.Aftermath;
    }

    /// <summary>A query: Read when it neither modifies nor locks and calls only functions known to be pure.</summary>
    public static StatementRule Query { get; } = new(StatementForm.Query);

    /// <summary>INSERT, UPDATE, DELETE, MERGE: Write; neutral to its session when it calls only functions known to be.</summary>
    public static StatementRule Modification { get; } = new(StatementForm.Modification);

    /// <summary>EXPLAIN: Read when nothing is executed (without ANALYZE) and the explained statement is understood, else as that statement.</summary>
    public static StatementRule Explain { get; } = new(StatementForm.Explain);

    internal StatementForm Form { get; }

    internal StatementClass Class { get; private init; }

    internal SessionEffect Effect { get; private init; }

    internal TransactionVerb Verb { get; private init; }

    internal string Reason { get; private init; } = "";

    internal StatementRuleChooser? Chooser { get; private init; }

    internal bool NamesTarget { get; private init; }

    internal bool ResetsSession { get; private init; }

    internal StatementAftermath Aftermath { get; private init; }

    /// <summary>A statement whose first words say it all.</summary>
    /// <param name="statementClass">Its class.</param>
    /// <param name="effect">What it does to its session.</param>
    /// <param name="reason">In a few words, what decided.</param>
    /// <param name="verb">Its transaction control.</param>
    public static StatementRule Fixed(
        StatementClass statementClass, SessionEffect effect, string reason, TransactionVerb verb = TransactionVerb.None) =>
        new(StatementForm.Fixed) { Class = statementClass, Effect = effect, Verb = verb, Reason = reason };

    /// <summary>A statement whose rule depends on more than its first word.</summary>
    /// <param name="chooser">Picks the rule; must be pure.</param>
    public static StatementRule Choose(StatementRuleChooser chooser) => new(StatementForm.Choose) { Chooser = chooser };

    /// <summary>The same rule, with the name after the first word in the summary (<c>PRAGMA user_version</c>, <c>SHOW work_mem</c>).</summary>
    public StatementRule NamingTarget() => new(this) { NamesTarget = true };

    /// <summary>The same rule, for a statement that takes away all session state (<c>DISCARD ALL</c>).</summary>
    public StatementRule ResettingSession() => new(this) { ResetsSession = true };

    /// <summary>The same rule, for a statement that changes more than data and session state.</summary>
    /// <param name="aftermath">What it changes.</param>
    public StatementRule Changing(StatementAftermath aftermath) => new(this) { Aftermath = aftermath };

    internal Verdict ToVerdict() => new(Class, Effect, Reason)
    {
        Verb = Verb,
        LastVerb = Verb,
        ResetsSession = ResetsSession,
        Aftermath = Aftermath,
    };
}

internal enum StatementForm : byte
{
    Fixed,
    Choose,
    Query,
    Modification,
    Explain,
}
