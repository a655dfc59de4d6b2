using System.Globalization;

namespace Routing.Testing.Tds.Tsql;

/// <summary>The statements that are no business of SQLite: transactions, settings, procedures, waits.</summary>
internal static class TsqlCommand
{
    /// <summary>Runs the statement if it is one of them.</summary>
    public static bool Run(TsqlSession session, TsqlRun run, TsqlWords words, TdsAnswer answer)
    {
        if (!TryRun(session, run, words))
        {
            return false;
        }

        answer.EndStatement(null);
        return true;
    }

    private static bool TryRun(TsqlSession session, TsqlRun run, TsqlWords words)
    {
        if (words.Is(0, "if") && words.IndexOf("rollback") is > 0 and var rollback)
        {
            return session.Transaction == 0 || Control(session, "rollback", "");
        }

        switch (words.Text(0).ToLowerInvariant())
        {
            case "begin" when IsTransaction(words):
                session.Begin(0);
                return true;
            case "begin":
                throw TsqlErrors.Syntax("begin");
            case "commit":
                return Control(session, "commit", "");
            case "rollback":
                return Control(session, "rollback", IsTransaction(words) ? words.Text(2) : "");
            case "save":
                return Control(session, "save", words.Text(2));
            case "set" when words.Text(1).StartsWith('@') && words.Text(3).StartsWith("@@", StringComparison.Ordinal):
                run.Assign(words.Text(1), words.Text(3));
                return true;
            case "set":
                Set(session.State, words);
                return true;
            case "waitfor":
                session.Wait(TimeSpan.Parse(words.Text(2), CultureInfo.InvariantCulture));
                return true;
            case "throw" or "raiserror":
                var isNumbered = int.TryParse(words.Text(1), CultureInfo.InvariantCulture, out var number);
                throw new TdsException(isNumbered ? number : 50000, 16, words.Text(3)) { RollsBack = number is 1205 or 3960 };
            case "exec" or "execute":
                Execute(session, run, words);
                return true;
            case "use" or "print" or "checkpoint" or "declare":
                return true;
            default:
                return Define(session.Engine, words);
        }
    }

    private static bool IsTransaction(TsqlWords words) => words.Is(1, "tran") || words.Is(1, "transaction");

    private static bool Control(TsqlSession session, string verb, string name)
    {
        switch (verb)
        {
            case "commit":
                session.Commit();
                break;
            case "save":
                session.Save(name);
                break;
            default:
                session.RollBack(name);
                break;
        }

        return true;
    }

    private static void Set(TsqlState state, TsqlWords words)
    {
        if (words.Is(1, "transaction"))
        {
            state.Isolation = words.From(4).ToLowerInvariant();
        }
        else if (words.Is(1, "context_info"))
        {
            state.ContextInfo = Convert.FromHexString(words.Text(2)[2..]);
        }
        else
        {
            var isSigned = words.Is(2, "-");
            state.Settings[words.Text(1)] = (isSigned ? "-" : "") + words.Text(isSigned ? 3 : 2).ToLowerInvariant();
        }
    }

    private static void Execute(TsqlSession session, TsqlRun run, TsqlWords words)
    {
        var arguments = words.Arguments(2);
        string? Argument(string name, string place) => arguments.GetValueOrDefault(name) ?? arguments.GetValueOrDefault(place);

        switch (words.Text(1).ToLowerInvariant())
        {
            case "sp_getapplock":
                Lock(session, Argument("@Resource", "1")!);
                break;
            case "sp_releaseapplock":
                session.Engine.Locks.TryRemove(Argument("@Resource", "1")!, out _);
                break;
            case "sp_set_session_context":
                session.State.Context[Argument("@key", "1")!] = Argument("@value", "2");
                break;
            default:
                run.RunBody(session.Engine.Procedures.TryGetValue(words.Text(1), out var body)
                    ? body
                    : throw new TdsException(2812, 16, $"Could not find stored procedure '{words.Text(1)}'."));
                break;
        }
    }

    private static void Lock(TsqlSession session, string resource)
    {
        while (session.Engine.Locks.GetOrAdd(resource, session.Id) != session.Id)
        {
            session.Wait(TimeSpan.FromMilliseconds(2));
        }
    }

    private static bool Define(TsqlEngine engine, TsqlWords words)
    {
        var isProcedure = words.Is(1, "procedure") || words.Is(1, "proc");
        if (!isProcedure && !words.Is(1, "trigger"))
        {
            return false;
        }

        if (words.Is(0, "drop"))
        {
            engine.Procedures.TryRemove(words.Text(words.Count - 1), out _);
            engine.Triggers.TryRemove(words.Text(words.Count - 1), out _);
            return true;
        }

        var body = words.From(words.IndexOf("as") + 1);
        if (isProcedure)
        {
            engine.Procedures[words.Text(2)] = body;
        }
        else
        {
            engine.Triggers[words.Text(words.IndexOf("on") + 1)] = body;
        }

        return true;
    }
}
