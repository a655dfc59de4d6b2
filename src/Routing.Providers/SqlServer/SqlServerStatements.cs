using System.Collections.Frozen;
using Routing.Statements;

namespace Routing.Providers.SqlServer;

/// <summary>
/// What T-SQL's statements do, by their first words. A trigger's or a procedure's SET ends with it, but session context,
/// context info, application locks and global cursors stay, so a modification is neutral only by its text, and what is
/// executed is unknown.
/// </summary>
internal static class SqlServerStatements
{
    private static readonly FrozenSet<string> Starts = (SqlServerWords.StatementStarts + " select insert update delete merge with set")
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Procedures that set what stays with the session.</summary>
    private static readonly FrozenSet<string> SettingProcedures =
        FrozenSet.Create(StringComparer.Ordinal, "sp_getapplock", "sp_releaseapplock", "sp_set_session_context", "sp_setapprole", "sp_unsetapprole", "sp_bindsession");

    private static readonly StatementRule SetsSession = Unknown(SessionEffect.SetsSessionState, "sets session state");
    private static readonly StatementRule SetsMore = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "sets session state, with another statement behind it");
    private static readonly StatementRule UnknownEffect = Unknown(SessionEffect.Unknown, "unknown effect");
    private static readonly StatementRule Variable = Unknown(SessionEffect.Neutral, "a variable of its batch");
    private static readonly StatementRule Nothing = Unknown(SessionEffect.Neutral, "leaves nothing");
    private static readonly StatementRule Executes = Unknown(SessionEffect.Unknown, "runs a procedure or a text");
    private static readonly StatementRule Cursor = Unknown(SessionEffect.ReadsConnectionState, "uses a cursor of its connection");
    private static readonly StatementRule Definition =
        StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "definition").Changing(StatementAftermath.Schema);

    private static readonly StatementRule Temporary = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "temporary object");
    private static readonly StatementRule Maintenance = StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "maintenance");

    public static SqlVocabulary AddSqlServerStatements(this SqlVocabulary vocabulary) => vocabulary
        .AddStatements("select with", StatementRule.Query)
        .AddStatements("insert update delete merge", StatementRule.Modification)
        .AddStatements("set", StatementRule.Choose(ChooseSet))
        .AddStatements("declare", StatementRule.Choose(static w => w.Has("cursor") ? SetsMore : IsAlone(w) ? Variable : UnknownEffect))
        .AddStatements("begin", StatementRule.Choose(ChooseBegin))
        .AddStatements("commit", StatementRule.Choose(static w => Alone(w, TransactionVerb.Commit)))
        .AddStatements("rollback", StatementRule.Choose(ChooseRollback))
        .AddStatements("save", StatementRule.Choose(static w => Alone(w, TransactionVerb.Savepoint)))
        .AddStatements("exec execute", StatementRule.Choose(ChooseExecute))
        .AddStatements("use setuser revert", StatementRule.Choose(Setting))
        .AddStatements("open fetch close deallocate", Cursor)
        .AddStatements("waitfor print", StatementRule.Choose(static w => IsAlone(w) ? Nothing : UnknownEffect))
        .AddStatements("if while raiserror throw return goto", UnknownEffect)
        .AddStatements("create", StatementRule.Choose(static w => w.Name(2).StartsWith('#') ? Temporary : Definition))
        .AddStatements("drop", StatementRule.Choose(static w => Mentions(w, '#') ? Temporary : Definition))
        .AddStatements("alter grant revoke deny truncate enable disable", Definition)
        .AddStatements("dbcc reconfigure", SetsMore)
        .AddStatements("backup restore checkpoint kill shutdown bulk", Maintenance);

    private static StatementRule Unknown(SessionEffect effect, string reason) => StatementRule.Fixed(StatementClass.Unknown, effect, reason);

    private static StatementRule Control(TransactionVerb verb) =>
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.ControlsTransaction, "controls a transaction", verb);

    /// <summary>With another statement behind it, nobody can tell whether the transaction is still open.</summary>
    private static StatementRule Alone(StatementWords words, TransactionVerb verb) => Control(IsAlone(words) ? verb : TransactionVerb.Other);

    /// <summary>Whether no word behind the first begins a statement.</summary>
    private static bool IsAlone(StatementWords words)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (Starts.Contains(words.Name(i)) && !words.IsSymbol(i - 1, '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Mentions(StatementWords words, char mark)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (words.Name(i).StartsWith(mark))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTransaction(StatementWords words, int at) => words.Is(at, "tran") || words.Is(at, "transaction");

    /// <summary>SET @x = ... is the batch's; every other one stays. SET XACT_ABORT ON BEGIN TRAN is one text as people write it.</summary>
    private static StatementRule ChooseSet(StatementWords words)
    {
        // A parameter marker is neither a word nor a name.
        if (words.Name(1).Length == 0)
        {
            return IsAlone(words) ? Variable : UnknownEffect;
        }

        for (var i = 2; i < words.Count; i++)
        {
            if (IsTransaction(words, i) && !words.Is(i - 1, "set"))
            {
                return Control(TransactionVerb.Other);
            }
        }

        return Setting(words).NamingTarget();
    }

    private static StatementRule Setting(StatementWords words) => IsAlone(words) ? SetsSession : SetsMore;

    private static StatementRule ChooseBegin(StatementWords words) =>
        IsTransaction(words, 1) ? Alone(words, TransactionVerb.Begin)
        : words.Is(1, "distributed") ? Control(TransactionVerb.Other)
        : UnknownEffect;

    /// <summary>With a name it goes back to the savepoint of that name, or ends the transaction that was begun by that name.</summary>
    private static StatementRule ChooseRollback(StatementWords words) =>
        Alone(words, IsTransaction(words, 1) && words.Count > 2 ? TransactionVerb.Savepoint : TransactionVerb.Rollback);

    private static StatementRule ChooseExecute(StatementWords words)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (SettingProcedures.Contains(words.Name(i)))
            {
                return Setting(words);
            }
        }

        return words.Is(1, "as") ? Setting(words) : Executes.NamingTarget();
    }
}
