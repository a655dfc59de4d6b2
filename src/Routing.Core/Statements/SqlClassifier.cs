namespace Routing.Statements;

/// <summary>
/// Reads texts with an engine's <see cref="SqlSyntax"/> and <see cref="SqlVocabulary"/>. A statement is
/// <see cref="StatementClass.Read"/> only when the text proves it; every doubt sends it to the primary. Thread-safe,
/// linear in the text's length, never recursive.
/// </summary>
/// <remarks>
/// A text cannot tell everything. A view may call a function that writes, a user's function may bear a built-in's name
/// for other argument types, an operator or a cast may be user-defined, a trigger may do anything. A replica refuses
/// those that write; what triggers leave on a connection is looked after where connections are returned.
/// </remarks>
public sealed class SqlClassifier : IStatementClassifier
{
    private const int ChooserSteps = 4;

    private readonly SqlSyntax _syntax;
    private readonly SqlVocabulary _vocabulary;

    /// <summary>Makes a classifier and freezes the vocabulary.</summary>
    /// <param name="syntax">How the engine's SQL is cut into tokens.</param>
    /// <param name="vocabulary">What the engine's words mean.</param>
    public SqlClassifier(SqlSyntax syntax, SqlVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(syntax);
        ArgumentNullException.ThrowIfNull(vocabulary);
        _syntax = syntax;
        _vocabulary = vocabulary;
        vocabulary.Freeze();
    }

    /// <inheritdoc/>
    public Statement Classify(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new TokenBuffer(Math.Clamp(text.Length / 4, 16, 4096));
        try
        {
            var lexer = new SqlLexer(text, _syntax, _vocabulary);
            while (lexer.Next(out var token))
            {
                tokens.Add(token);
            }

            return lexer.Problem is { } problem ? Unreadable(text, problem) : Judge(text, tokens.Tokens);
        }
        finally
        {
            tokens.Dispose();
        }
    }

    /// <inheritdoc/>
    public string? Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TextRedactor.Redact(text, _syntax, _vocabulary);
    }

    private static Statement Unreadable(string text, string problem) =>
        new(text, StatementClass.Unknown, SessionEffect.Unknown, TransactionVerb.None, "UNKNOWN", 1, problem);

    private Statement Judge(string text, ReadOnlySpan<SqlToken> tokens)
    {
        var whole = new Verdict(StatementClass.Read, SessionEffect.Neutral, "no statement");
        var summary = "EMPTY";
        var count = 0;
        var splitter = new StatementSplitter(text, tokens);
        while (splitter.Next(out var statement))
        {
            var verdict = JudgeOne(text, statement, out var rule);
            if (count++ == 0)
            {
                summary = Summarize(text, statement, rule);
                whole = verdict;
            }
            else
            {
                whole.Append(verdict);
            }
        }

        return whole.ToStatement(text, summary, count);
    }

    private Verdict JudgeOne(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, out StatementRule? rule)
    {
        rule = FindRule(text, tokens);
        return rule?.Form switch
        {
            StatementForm.Query => QueryScanner.Query(text, tokens, _vocabulary),
            StatementForm.Modification => QueryScanner.Modification(text, tokens, _vocabulary),
            StatementForm.Explain => JudgeExplain(text, tokens),
            StatementForm.Fixed => new Verdict(rule.Class, rule.Effect, rule.Reason) { Verb = rule.Verb, LastVerb = rule.Verb, ResetsSession = rule.ResetsSession },
            _ => new Verdict(StatementClass.Unknown, SessionEffect.Unknown, "unknown statement"),
        };
    }

    private static StatementRule? FindRule(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
    {
        if (tokens[0].Kind == SqlTokenKind.OpenParen)
        {
            return StatementRule.Query;
        }

        var rule = tokens[0].Word?.Statement;
        for (var i = 0; i < ChooserSteps && rule is { Chooser: { } chooser }; i++)
        {
            rule = chooser(new StatementWords(text, tokens));
        }

        return rule;
    }

    private Verdict JudgeExplain(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
    {
        var words = new StatementWords(text, tokens);
        var explained = SkipExplainOptions(words, tokens, out var executes);
        var rule = explained < tokens.Length ? FindRule(text, tokens[explained..]) : null;
        if (rule?.Form is not (StatementForm.Query or StatementForm.Modification))
        {
            return new Verdict(StatementClass.Unknown, SessionEffect.Unknown, "EXPLAIN of an unknown statement");
        }

        var inner = JudgeOne(text, tokens[explained..], out _);
        if (executes)
        {
            inner.Reason = "EXPLAIN ANALYZE: " + inner.Reason;
            return inner;
        }

        // Planning evaluates functions that claim to be immutable or stable, so unknown ones still count.
        return inner is { Class: not StatementClass.Unknown, Effect: SessionEffect.Neutral }
            ? new Verdict(StatementClass.Read, SessionEffect.Neutral, "EXPLAIN executes nothing")
            : new Verdict(StatementClass.Unknown, SessionEffect.Unknown, "EXPLAIN: " + inner.Reason);
    }

    private static int SkipExplainOptions(StatementWords words, ReadOnlySpan<SqlToken> tokens, out bool executes)
    {
        executes = false;
        var at = 1;
        if (words.IsSymbol(1, '(') && !BeginsQuery(words, 2))
        {
            while (at < tokens.Length && tokens[at].Kind != SqlTokenKind.CloseParen)
            {
                executes |= words.Is(at, "analyze") || words.Is(at, "analyse");
                at++;
            }

            return at + 1;
        }

        while (words.Is(at, "analyze") || words.Is(at, "analyse") || words.Is(at, "verbose") || words.Is(at, "query") || words.Is(at, "plan"))
        {
            executes |= words.Is(at, "analyze") || words.Is(at, "analyse");
            at++;
        }

        return at;
    }

    private static bool BeginsQuery(StatementWords words, int at) =>
        words.IsSymbol(at, '(') || words.Is(at, "select") || words.Is(at, "with") || words.Is(at, "values") || words.Is(at, "table");

    private static string Summarize(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, StatementRule? rule)
    {
        var summary = new StatementSummary(text, tokens);
        return rule?.Form switch
        {
            null => "UNKNOWN",
            StatementForm.Query or StatementForm.Modification => summary.OfQuery(),
            _ => summary.OfCommand(rule.NamesTarget),
        };
    }
}
