using System.Collections.Frozen;
using Routing.Diagnostics;

namespace Routing.Statements;

/// <summary>
/// What one engine's words mean: its keywords, the statements they begin, and the functions that are known. Build it
/// once with the <c>Add...</c> methods, then give it to a <see cref="SqlClassifier"/>, which freezes it; after that
/// it is immutable and thread-safe. Words are lower case, separated by spaces.
/// </summary>
/// <remarks>
/// What it does not know counts against a text: an unknown first word makes the text <see cref="StatementClass.Unknown"/>,
/// a call of an unknown function too.
/// </remarks>
public sealed class SqlVocabulary
{
    private const int LongestWord = 64;

    private readonly Dictionary<string, WordInfo> _words = new(StringComparer.Ordinal);
    private FrozenDictionary<string, WordInfo>? _frozen;
    private FrozenDictionary<string, WordInfo>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Begins with the words that mean the same in every engine.</summary>
    public SqlVocabulary()
    {
        foreach (var (role, words) in WordInfo.SharedRoles)
        {
            foreach (var word in Split(words))
            {
                Word(word).Role = role;
                Word(word).IsKeyword = true;
            }
        }
    }

    /// <summary>The schema whose functions may be called by qualified name; null when none may.</summary>
    public string? FunctionSchema { get; init; }

    /// <summary>Whether the engine takes a string for a name where only a name can stand, as SQLite does. Default false.</summary>
    public bool StringsMayBeNames { get; init; }

    /// <summary>
    /// Whether a statement may follow another without a semicolon, as in SQL Server. The words that begin one then count against a
    /// query in which they stand (<see cref="AddStatementStarts"/>). Default false.
    /// </summary>
    public bool StatementsNeedNoSeparator { get; init; }

    internal List<NameRule> Names { get; } = [];

    /// <summary>Keywords. A keyword is not a table's alias, and without a rule of its own it may still be a function's name.</summary>
    /// <param name="words">The words.</param>
    public SqlVocabulary AddKeywords(string words) => Each(words, static w => w.IsKeyword = true);

    /// <summary>Keywords that can never be a function's name, so that a parenthesis after them is not a call.</summary>
    /// <param name="words">The words.</param>
    public SqlVocabulary AddReserved(string words) => Each(words, static w => w.IsKeyword = w.IsReserved = true);

    /// <summary>Reserved words that stand for a value (<c>null</c>, <c>current_date</c>).</summary>
    /// <param name="words">The words.</param>
    public SqlVocabulary AddValues(string words) => Each(words, static w => w.IsKeyword = w.IsReserved = w.IsValue = true);

    /// <summary>Keywords that are no value and after which an expression may begin (<c>by</c>, <c>escape</c>).</summary>
    /// <param name="words">The words.</param>
    public SqlVocabulary AddPrefixes(string words) => Each(words, static w => w.IsKeyword = w.IsPrefix = true);

    /// <summary>Keywords after which a parenthesis is not a call when a certain word stands before them.</summary>
    /// <param name="words">The keywords.</param>
    /// <param name="after">The words before; <c>)</c> stands for a closing parenthesis, <c>value</c> for anything that ends a value.</param>
    public SqlVocabulary AddKeywordsAfter(string words, string after)
    {
        var before = Split(after);
        return Each(words, w =>
        {
            w.IsKeyword = true;
            w.NotCalledAfter = [.. w.NotCalledAfter, .. before];
        });
    }

    /// <summary>Functions that change nothing, neither data nor their session.</summary>
    /// <param name="names">The names.</param>
    public SqlVocabulary AddPureFunctions(string names) => AddFunctions(names, StatementClass.Read, SessionEffect.Neutral);

    /// <summary>Functions whose effects are known.</summary>
    /// <param name="names">The names.</param>
    /// <param name="statementClass">What a statement that calls one becomes at least.</param>
    /// <param name="effect">What a call does to its session.</param>
    public SqlVocabulary AddFunctions(string names, StatementClass statementClass, SessionEffect effect)
    {
        var function = new FunctionEffect(statementClass, effect);
        return Each(names, w => w.Function = function);
    }

    /// <summary>Statements that begin with one of the words.</summary>
    /// <param name="words">The first words.</param>
    /// <param name="rule">How to read them.</param>
    public SqlVocabulary AddStatements(string words, StatementRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Each(words, w =>
        {
            w.IsKeyword = true;
            w.Statement = rule;
        });
    }

    /// <summary>
    /// Reserved words that can only begin a statement, so that one inside a query begins another after it: the text is then
    /// <see cref="StatementClass.Unknown"/> with an unknown effect.
    /// </summary>
    /// <param name="words">The words.</param>
    public SqlVocabulary AddStatementStarts(string words) => Each(words, static w => w.IsKeyword = w.IsReserved = w.StartsStatement = true);

    /// <summary>Names that matter wherever they stand in a query, because of what is behind them.</summary>
    /// <param name="name">The name or its beginning, in lower case; compared without case.</param>
    /// <param name="match">Which names are meant.</param>
    /// <param name="effect">What a query that mentions one does to its session; its class becomes <see cref="StatementClass.Unknown"/>.</param>
    /// <param name="reason">In a few words, why.</param>
    public SqlVocabulary AddName(string name, NameMatch match, SessionEffect effect, string reason)
    {
        ThrowIfFrozen();
        Names.Add(new NameRule(name, match, effect, reason));
        return this;
    }

    /// <summary>The functions whose effect is as asked for.</summary>
    internal IEnumerable<string> FunctionsThat(Predicate<FunctionEffect> isAskedFor) =>
        _words.Values.Where(word => word.Function is { } effect && isAskedFor(effect)).Select(static word => word.Text);

    internal static bool EqualsAscii(ReadOnlySpan<char> text, ReadOnlySpan<char> word) =>
        text.Length == word.Length && System.Text.Ascii.EqualsIgnoreCase(text, word);

    internal void Freeze()
    {
        if (_frozen is null)
        {
            var frozen = _words.ToFrozenDictionary(StringComparer.Ordinal);
            _lookup = frozen.GetAlternateLookup<ReadOnlySpan<char>>();
            _frozen = frozen;
        }
    }

    /// <summary>Looks up an unquoted word, in any case. Only ASCII is folded: an exotic letter that some culture folds to ASCII is another word.</summary>
    internal WordInfo? Find(ReadOnlySpan<char> word)
    {
        if (word.Length > LongestWord)
        {
            return null;
        }

        Span<char> lower = stackalloc char[LongestWord];
        for (var i = 0; i < word.Length; i++)
        {
            var c = word[i];
            lower[i] = c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;
        }

        return FindExact(lower[..word.Length]);
    }

    internal WordInfo? FindExact(ReadOnlySpan<char> word) => _lookup.TryGetValue(word, out var info) ? info : null;

    private static string[] Split(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private SqlVocabulary Each(string words, Action<WordInfo> change)
    {
        ArgumentNullException.ThrowIfNull(words);
        ThrowIfFrozen();
        foreach (var word in Split(words))
        {
            change(Word(word));
        }

        return this;
    }

    private WordInfo Word(string text)
    {
        if (!_words.TryGetValue(text, out var word))
        {
            word = new WordInfo(text);
            _words.Add(text, word);
        }

        return word;
    }

    private void ThrowIfFrozen()
    {
        if (_frozen is not null)
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.VocabularyInUse, "The vocabulary is in use by a classifier and cannot change any more.");
        }
    }
}
