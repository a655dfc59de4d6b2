using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>
/// What the statements of MySQL and MariaDB do, by their first words. INSERT, UPDATE, DELETE and REPLACE count as neutral by
/// their text; what stands behind the tables they name is <see cref="MySqlCatalog"/>'s to say.
/// </summary>
internal static class MySqlStatements
{
    private static readonly StatementRule SetsSession = Unknown(SessionEffect.SetsSessionState, "sets session state");
    private static readonly StatementRule UnknownEffect = Unknown(SessionEffect.Unknown, "unknown effect");
    private static readonly StatementRule AsksConnection = Unknown(SessionEffect.ReadsConnectionState, "asks about its connection").NamingTarget();
    private static readonly StatementRule Shows = StatementRule.Fixed(StatementClass.Read, SessionEffect.Neutral, "SHOW").NamingTarget();
    private static readonly StatementRule Describes = StatementRule.Fixed(StatementClass.Read, SessionEffect.Neutral, "describes a table");
    private static readonly StatementRule LocksRows = StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "locks rows");
    private static readonly StatementRule ModifiesSomething = StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "modifies tables that are not looked for");
    private static readonly StatementRule LocksTables = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "locks tables");
    private static readonly StatementRule Definition =
        StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "definition").Changing(StatementAftermath.Schema);
    private static readonly StatementRule Temporary = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "temporary table");
    private static readonly StatementRule Maintenance = StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "maintenance");
    private static readonly StatementRule OtherControl = Control(TransactionVerb.Other);
    private static readonly StatementRule Distributed =
        StatementRule.Fixed(StatementClass.Write, SessionEffect.ControlsTransaction, "distributed transaction", TransactionVerb.Other)
            .Changing(StatementAftermath.Lasting);

    public static SqlVocabulary AddMySqlStatements(this SqlVocabulary vocabulary) => vocabulary
        .AddStatements("select values with table", StatementRule.Choose(ChooseQuery))
        .AddStatements("do", StatementRule.Query)
        .AddStatements("insert replace", StatementRule.Choose(static w => NamesItsTarget(w) ? StatementRule.Modification : ModifiesSomething))
        .AddStatements("update", StatementRule.Choose(static w => UpdatesOne(w) ? StatementRule.Modification : ModifiesSomething))
        .AddStatements("delete", StatementRule.Choose(static w => DeletesFromOne(w) ? StatementRule.Modification : ModifiesSomething))
        .AddStatements("explain describe desc", StatementRule.Choose(static w => ExplainsStatement(w) ? StatementRule.Explain : Describes))
        .AddStatements("show", StatementRule.Choose(static w => IsAboutConnection(w) ? AsksConnection : Shows))
        .AddStatements("set", StatementRule.Choose(ChooseSet))
        .AddStatements("use", SetsSession)
        .AddStatements("begin", StatementRule.Choose(static w => w.Count == 1 || w.Is(1, "work") ? Control(TransactionVerb.Begin) : UnknownEffect))
        .AddStatements("start", StatementRule.Choose(static w => w.Is(1, "transaction") ? Control(TransactionVerb.Begin) : Maintenance))
        .AddStatements("commit", StatementRule.Choose(static w => IsPlainEnd(w) ? Control(TransactionVerb.Commit) : OtherControl))
        .AddStatements("rollback", StatementRule.Choose(ChooseRollback))
        .AddStatements("savepoint", Control(TransactionVerb.Savepoint))
        .AddStatements("release", Control(TransactionVerb.Savepoint))
        .AddStatements("xa", Distributed)
        .AddStatements("lock unlock", LocksTables)
        .AddStatements("prepare deallocate handler", SetsSession)
        .AddStatements("execute", Unknown(SessionEffect.Unknown, "runs what PREPARE named"))
        .AddStatements("call", UnknownEffect.NamingTarget())
        .AddStatements("create", StatementRule.Choose(static w => IsTemporary(w) ? Temporary : Definition))
        .AddStatements("drop", StatementRule.Choose(static w => w.Is(1, "prepare") ? SetsSession : IsTemporary(w) ? Temporary : Definition))
        .AddStatements("alter rename", Definition)
        .AddStatements("truncate", StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "definition"))
        .AddStatements("grant revoke", Definition)
        .AddStatements("analyze optimize check repair checksum flush kill load install uninstall change reset stop purge shutdown binlog cache import", Maintenance);

    private static StatementRule Unknown(SessionEffect effect, string reason) => StatementRule.Fixed(StatementClass.Unknown, effect, reason);

    private static StatementRule Control(TransactionVerb verb) =>
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.ControlsTransaction, "controls a transaction", verb);

    /// <summary>MySQL has WITH before UPDATE and DELETE, too.</summary>
    private static StatementRule ChooseQuery(StatementWords words) =>
        LocksInShareMode(words) ? LocksRows
        : words.Is(0, "with") && (words.Has("update") || words.Has("delete")) ? ModifiesSomething
        : StatementRule.Query;

    /// <summary>INTO may be left out, and then the table is not found where it is looked for.</summary>
    private static bool NamesItsTarget(StatementWords words) => words.Has("into") && (words.Is(1, "into") || words.Is(2, "into") || words.Is(3, "into"));

    /// <summary>UPDATE a JOIN b, UPDATE a, b: what SET names decides which are modified, so that any may be.</summary>
    private static bool UpdatesOne(StatementWords words)
    {
        var end = words.IndexOf("set");
        for (var i = 1; i < end; i++)
        {
            if (words.IsSymbol(i, ',') || words.IsSymbol(i, '(') || words.Is(i, "join") || words.Is(i, "straight_join"))
            {
                return false;
            }
        }

        return end > 0;
    }

    /// <summary>DELETE a FROM a JOIN b and DELETE FROM a USING b delete from several; words before FROM hide it.</summary>
    private static bool DeletesFromOne(StatementWords words) => words.Is(1, "from") && !words.Has("using") && !words.Has("join") && !words.IsSymbol(3, ',') && !words.IsSymbol(5, ',');

    /// <summary>LOCK IN SHARE MODE, which is the old way to write FOR SHARE.</summary>
    private static bool LocksInShareMode(StatementWords words)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (words.Is(i, "lock") && words.Is(i + 1, "in") && words.Is(i + 2, "share"))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>EXPLAIN and DESCRIBE stand before a statement or before the name of a table.</summary>
    private static bool ExplainsStatement(StatementWords words) =>
        words.Count > 3 || words.Is(1, "select") || words.IsSymbol(1, '(');

    private static bool IsAboutConnection(StatementWords words) =>
        words.Is(1, "warnings") || words.Is(1, "errors") || words.Is(1, "count") || words.Is(1, "profile") || words.Is(1, "profiles")
        || words.Is(1, "status") || (words.Is(2, "status") && (words.Is(1, "session") || words.Is(1, "local")));

    /// <summary>SET TRANSACTION is for the next transaction; SET STATEMENT ... FOR runs a statement; all else stays on the session.</summary>
    private static StatementRule ChooseSet(StatementWords words) =>
        words.Is(1, "transaction") ? OtherControl
        : words.Is(1, "statement") ? UnknownEffect
        : SetsSession.NamingTarget();

    private static bool IsPlainEnd(StatementWords words) => !words.Has("release") && (!words.Has("chain") || words.Has("no"));

    private static StatementRule ChooseRollback(StatementWords words) =>
        words.Has("to") ? Control(TransactionVerb.Savepoint) : IsPlainEnd(words) ? Control(TransactionVerb.Rollback) : OtherControl;

    /// <summary>CREATE [OR REPLACE] TEMPORARY TABLE, DROP TEMPORARY TABLE.</summary>
    private static bool IsTemporary(StatementWords words) => words.Is(1, "temporary") || words.Is(3, "temporary");
}
