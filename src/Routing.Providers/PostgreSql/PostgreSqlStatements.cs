using Routing.Statements;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// What PostgreSQL's statements do, by their first words. DDL counts as an unknown effect on the session, because event
/// triggers and expression indexes run functions; INSERT, UPDATE, DELETE and MERGE count as neutral by their text, and
/// what stands behind the tables they name is <see cref="PostgreSqlCatalog"/>'s to say.
/// </summary>
internal static class PostgreSqlStatements
{
    private static readonly StatementRule SetsSession = Unknown(SessionEffect.SetsSessionState, "sets session state");
    private static readonly StatementRule SetsNames = SetsSession.NamingTarget().Changing(StatementAftermath.Plans);
    private static readonly StatementRule UnknownEffect = Unknown(SessionEffect.Unknown, "unknown effect");
    private static readonly StatementRule Cursor = Unknown(SessionEffect.ReadsConnectionState, "uses a cursor of its connection");
    private static readonly StatementRule Definition =
        StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "definition").Changing(StatementAftermath.Schema);
    private static readonly StatementRule Temporary = StatementRule.Fixed(StatementClass.Write, SessionEffect.SetsSessionState, "temporary object");
    private static readonly StatementRule Maintenance = StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "maintenance");
    private static readonly StatementRule Begin = Control(TransactionVerb.Begin);
    private static readonly StatementRule Commit = Control(TransactionVerb.Commit);
    private static readonly StatementRule Rollback = Control(TransactionVerb.Rollback);
    private static readonly StatementRule Savepoint = Control(TransactionVerb.Savepoint);
    private static readonly StatementRule OtherControl = Control(TransactionVerb.Other);
    private static readonly StatementRule TwoPhase =
        StatementRule.Fixed(StatementClass.Write, SessionEffect.ControlsTransaction, "two-phase commit", TransactionVerb.Other);

    public static SqlVocabulary AddPostgreSqlStatements(this SqlVocabulary vocabulary) => vocabulary
        .AddStatements("select values table with", StatementRule.Query)
        .AddStatements("insert update delete merge", StatementRule.Modification)
        .AddStatements("explain", StatementRule.Explain)
        .AddStatements("show", StatementRule.Fixed(StatementClass.Read, SessionEffect.Neutral, "SHOW").NamingTarget())
        .AddStatements("set", StatementRule.Choose(ChooseSet))
        .AddStatements("reset listen unlisten deallocate", SetsSession)
        .AddStatements("load", SetsSession.Changing(StatementAftermath.Lasting))
        .AddStatements("discard", StatementRule.Choose(static w => w.Is(1, "all") ? SetsSession.ResettingSession() : SetsSession))
        .AddStatements("begin start", Begin)
        .AddStatements("commit end", StatementRule.Choose(static w => w.Is(1, "prepared") ? TwoPhase : w.Has("chain") && !w.Has("no") ? OtherControl : Commit))
        .AddStatements("rollback abort", StatementRule.Choose(ChooseRollback))
        .AddStatements("savepoint release", Savepoint)
        .AddStatements("prepare", StatementRule.Choose(static w => w.Is(1, "transaction") ? TwoPhase : SetsSession))
        .AddStatements("execute", Unknown(SessionEffect.Unknown, "runs what PREPARE named"))
        .AddStatements("declare", StatementRule.Choose(static w => w.Is(w.IndexOf("hold") - 1, "with") ? SetsSession : UnknownEffect))
        .AddStatements("fetch move close", Cursor)
        .AddStatements("copy", StatementRule.Choose(ChooseCopy))
        .AddStatements("call", UnknownEffect.NamingTarget())
        .AddStatements("do", UnknownEffect)
        .AddStatements("notify", StatementRule.Fixed(StatementClass.Write, SessionEffect.Neutral, "notifies"))
        .AddStatements("lock", StatementRule.Fixed(StatementClass.Write, SessionEffect.Neutral, "locks until the transaction ends"))
        .AddStatements("create", StatementRule.Choose(static w => IsTemporary(w) ? Temporary : Definition))
        .AddStatements("alter drop security import reassign", Definition)
        .AddStatements("grant revoke comment truncate", StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "definition"))
        .AddStatements("analyze analyse vacuum cluster reindex refresh checkpoint", Maintenance);

    private static StatementRule Unknown(SessionEffect effect, string reason) => StatementRule.Fixed(StatementClass.Unknown, effect, reason);

    private static StatementRule Control(TransactionVerb verb) =>
        StatementRule.Fixed(StatementClass.Unknown, SessionEffect.ControlsTransaction, "controls a transaction", verb);

    private static StatementRule ChooseSet(StatementWords words)
    {
        if (words.Is(1, "local"))
        {
            // A setting with a dot that did not exist before stays behind as an empty string when the transaction ends.
            var leavesPlaceholder = words.IsSymbol(3, '.');
            return Unknown(leavesPlaceholder ? SessionEffect.Unknown : SessionEffect.Neutral, "SET LOCAL ends with the transaction");
        }

        // SET CONSTRAINTS ... IMMEDIATE fires the deferred triggers.
        if (words.Is(1, "transaction"))
        {
            return OtherControl;
        }

        var at = words.Is(1, "session") && !words.Is(2, "authorization") && !words.Is(2, "characteristics") ? 2 : 1;
        var isAboutNames = words.Name(at) is "search_path" or "schema" or "role" || words.Is(1, "session");
        return words.Is(1, "constraints") ? UnknownEffect : isAboutNames ? SetsNames : SetsSession.NamingTarget();
    }

    private static StatementRule ChooseRollback(StatementWords words)
    {
        if (words.Is(1, "prepared"))
        {
            return TwoPhase;
        }

        return words.Has("to") ? Savepoint : words.Has("chain") && !words.Has("no") ? OtherControl : Rollback;
    }

    /// <summary>COPY (query) TO may hold any query and TO PROGRAM starts one, so only COPY FROM is told apart.</summary>
    private static StatementRule ChooseCopy(StatementWords words) =>
        words.Has("from") && !words.IsSymbol(1, '(')
            ? StatementRule.Fixed(StatementClass.Write, SessionEffect.Unknown, "COPY FROM")
            : UnknownEffect;

    /// <summary>CREATE [OR REPLACE] [LOCAL | GLOBAL] TEMP ..., or an object in the schema pg_temp.</summary>
    private static bool IsTemporary(StatementWords words)
    {
        for (var i = 1; i < 6; i++)
        {
            if (words.Is(i, "temp") || words.Is(i, "temporary"))
            {
                return true;
            }
        }

        for (var i = 1; i < words.Count; i++)
        {
            if (words.IsSymbol(i + 1, '.') && words.Name(i).StartsWith("pg_temp", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
