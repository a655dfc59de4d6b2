namespace Routing.Statements;

/// <summary>What has been found out about a statement, or about several together. Findings only ever make it stricter.</summary>
internal struct Verdict
{
    public StatementClass Class;
    public SessionEffect Effect;
    public TransactionVerb Verb;
    public string Reason;

    /// <summary>Whether anything in it is not proven to leave the connection as it was.</summary>
    public bool Dirties;
    public bool ResetsSession;

    /// <summary>Whether anything in it sets session state.</summary>
    public bool SetsState;

    /// <summary>Whether anything in it reads what was left on the connection before.</summary>
    public bool ReadsState;

    /// <summary>What all of it changes beyond data and state.</summary>
    public StatementAftermath Aftermath;

    /// <summary>The transaction control that came last.</summary>
    public TransactionVerb LastVerb;

    public Verdict(StatementClass statementClass, SessionEffect effect, string reason)
    {
        Class = statementClass;
        Effect = effect;
        Reason = reason;
        Dirties = LeavesSomething(effect);
        SetsState = effect == SessionEffect.SetsSessionState;
        ReadsState = effect == SessionEffect.ReadsConnectionState;
    }

    public void Raise(StatementClass statementClass, string reason)
    {
        if (Strictness(statementClass) > Strictness(Class))
        {
            Class = statementClass;
            Reason = reason;
        }
    }

    public void Add(SessionEffect effect)
    {
        Dirties |= LeavesSomething(effect);
        SetsState |= effect == SessionEffect.SetsSessionState;
        ReadsState |= effect == SessionEffect.ReadsConnectionState;
        if (Strength(effect) > Strength(Effect))
        {
            Effect = effect;
        }
    }

    public static Verdict Of(Statement statement) => new(statement.Class, statement.Effect, statement.Reason)
    {
        Verb = statement.Verb,
        Dirties = statement.Dirties,
        ResetsSession = statement.ResetsSession,
        SetsState = statement.SetsState,
        ReadsState = statement.ReadsState,
        Aftermath = statement.Aftermath,
        LastVerb = statement.LastVerb,
    };

    public readonly Statement ToStatement(string text, string summary, int count) => new(text, Class, Effect, Verb, summary, count, Reason)
    {
        Dirties = Dirties,
        ResetsSession = ResetsSession,
        SetsState = SetsState,
        ReadsState = ReadsState,
        Aftermath = Aftermath,
        LastVerb = LastVerb,
    };

    /// <summary>What they are together, when <paramref name="next"/> runs after this on the same connection.</summary>
    public void Append(Verdict next)
    {
        // INSERT ...; SELECT last_insert_rowid(): the state it reads was left by the same text, on the same connection.
        var readsItsOwn = next.Effect == SessionEffect.ReadsConnectionState && Class == StatementClass.Write;
        Raise(next.Class, next.Reason);
        Add(readsItsOwn ? next.Dirties ? SessionEffect.Unknown : SessionEffect.Neutral : next.Effect);
        Dirties |= next.Dirties;
        ResetsSession = next.ResetsSession;
        SetsState |= next.SetsState;
        ReadsState |= next.ReadsState;
        Aftermath |= next.Aftermath;
        LastVerb = next.LastVerb == TransactionVerb.None ? LastVerb : next.LastVerb;
        Verb = Verb == TransactionVerb.None && next.Verb == TransactionVerb.None ? TransactionVerb.None : TransactionVerb.Other;
    }

    public static bool LeavesSomething(SessionEffect effect) =>
        effect is not (SessionEffect.Neutral or SessionEffect.ReadsConnectionState);

    /// <summary>Both of the stricter two go to the primary; Write wins, because it is known to move the primary's position.</summary>
    private static int Strictness(StatementClass statementClass) => statementClass switch
    {
        StatementClass.Read => 0,
        StatementClass.Unknown => 1,
        _ => 2,
    };

    /// <summary>Reading connection state is stronger than an unknown effect: run elsewhere it would give a wrong answer, and <see cref="Dirties"/> keeps the dirt.</summary>
    private static int Strength(SessionEffect effect) => effect switch
    {
        SessionEffect.Neutral => 0,
        SessionEffect.Unknown => 1,
        SessionEffect.ReadsConnectionState => 2,
        SessionEffect.SetsSessionState => 3,
        _ => 4,
    };
}
