namespace Routing.Statements;

/// <summary>
/// Reads texts with an engine's <see cref="SqlSyntax"/> and <see cref="SqlVocabulary"/>. A statement is
/// <see cref="StatementClass.Read"/> only when the text proves it; every doubt sends it to the primary. Thread-safe,
/// linear in the text's length, never recursive.
/// </summary>
/// <remarks>
/// A text cannot tell everything. A view may call a function that writes, a user's function may bear a built-in's name
/// for other argument types, an operator or a cast may be user-defined, a trigger may do anything. A replica refuses
/// those that write; whether one leaves something on its connection is <see cref="Doubt"/>'s question.
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
        var tokens = Tokens(text);
        try
        {
            return Lex(text, ref tokens) is { } problem ? Unreadable(text, problem) : Judge(text, tokens.Tokens);
        }
        finally
        {
            tokens.Dispose();
        }
    }

    /// <inheritdoc/>
    public string? Doubt(string text, Catalog catalog)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(catalog);
        var mentions = new Mentions();
        var verdict = Judge(text, catalog.HasFunction, mentions);
        return verdict.Dirties ? verdict.Reason : catalog.Doubt(text, mentions);
    }

    /// <inheritdoc/>
    public string? Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TextRedactor.Redact(text, _syntax, _vocabulary);
    }

    /// <summary>
    /// Judges a text once more, with functions of the database taken for harmless, and collects what it names: the rest is
    /// for whoever knows what is behind the names.
    /// </summary>
    internal Verdict Judge(string text, Predicate<string> isFunction, Mentions mentions)
    {
        var tokens = Tokens(text);
        try
        {
            if (Lex(text, ref tokens) is { } problem)
            {
                return new Verdict(StatementClass.Unknown, SessionEffect.Unknown, problem);
            }

            var whole = new Verdict(StatementClass.Read, SessionEffect.Neutral, "no statement");
            var splitter = new StatementSplitter(text, tokens.Tokens);
            while (splitter.Next(out var statement))
            {
                whole.Append(JudgeOne(text, statement, isFunction, out _));
                MentionScanner.Scan(text, statement, _vocabulary, mentions);
            }

            return whole;
        }
        finally
        {
            tokens.Dispose();
        }
    }

    private static TokenBuffer Tokens(string text) => new(Math.Clamp(text.Length / 4, 16, 4096));

    /// <summary>Returns what stopped it; null for nothing.</summary>
    private string? Lex(string text, ref TokenBuffer tokens)
    {
        var lexer = new SqlLexer(text, _syntax, _vocabulary);
        while (lexer.Next(out var token))
        {
            tokens.Add(token);
        }

        return lexer.Problem;
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
            var verdict = JudgeOne(text, statement, isFunction: null, out var rule);
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

    private Verdict JudgeOne(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, Predicate<string>? isFunction, out StatementRule? rule)
    {
        rule = FindRule(text, tokens);
        return rule?.Form switch
        {
            StatementForm.Query => QueryScanner.Query(text, tokens, _vocabulary, isFunction),
            StatementForm.Modification => QueryScanner.Modification(text, tokens, _vocabulary, isFunction),
            StatementForm.Explain => JudgeExplain(text, tokens, isFunction),
            StatementForm.Fixed => rule.ToVerdict(),
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

    private Verdict JudgeExplain(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, Predicate<string>? isFunction)
    {
        var words = new StatementWords(text, tokens);
        var explained = SkipExplainOptions(words, tokens, out var executes);
        var rule = explained < tokens.Length ? FindRule(text, tokens[explained..]) : null;
        if (rule?.Form is not (StatementForm.Query or StatementForm.Modification))
        {
            return new Verdict(StatementClass.Unknown, SessionEffect.Unknown, "EXPLAIN of an unknown statement");
        }

        var inner = JudgeOne(text, tokens[explained..], isFunction, out _);
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
