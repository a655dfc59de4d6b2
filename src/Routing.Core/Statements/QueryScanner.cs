using System.Buffers;

namespace Routing.Statements;

/// <summary>
/// Judges one query or modification by looking at each token once, with a stack of open parentheses instead of recursion.
/// It does not parse: it looks for everything by which a query can write, lock, or touch its session, and for calls of
/// functions that are not known. Belongs to one call.
/// </summary>
internal ref struct QueryScanner
{
    private readonly ReadOnlySpan<char> _text;
    private readonly ReadOnlySpan<SqlToken> _tokens;
    private readonly SqlVocabulary _vocabulary;
    private readonly Predicate<string>? _isFunction;
    private Clause[] _outer;
    private int _depth;
    private Clause _clause;
    private bool _modification;
    private bool _intoBelongsToInsert;
    private int _updates;
    private int _sets;
    private Verdict _verdict;

    private QueryScanner(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, SqlVocabulary vocabulary, Predicate<string>? isFunction, Verdict start, bool modification)
    {
        _text = text;
        _tokens = tokens;
        _vocabulary = vocabulary;
        _isFunction = isFunction;
        _verdict = start;
        _modification = modification;
        _outer = ArrayPool<Clause>.Shared.Rent(16);
    }

    /// <summary>Where in a query a token stands, as far as it decides what a name before a parenthesis is.</summary>
    private enum Clause : byte
    {
        /// <summary>Nothing has been read yet at this level: only here WITH begins a list of common table expressions.</summary>
        Start,
        With,
        From,
        Group,
        Other,
    }

    /// <param name="isFunction">Which functions of the database leave nothing on the connection, as far as their caller asks; null for none.</param>
    public static Verdict Query(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, SqlVocabulary vocabulary, Predicate<string>? isFunction)
    {
        var start = new Verdict(StatementClass.Read, SessionEffect.Neutral, "query without side effects");
        return new QueryScanner(text, tokens, vocabulary, isFunction, start, modification: false).Scan();
    }

    public static Verdict Modification(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, SqlVocabulary vocabulary, Predicate<string>? isFunction)
    {
        var start = new Verdict(StatementClass.Write, SessionEffect.Neutral, Upper(tokens[0].Of(text)));
        return new QueryScanner(text, tokens, vocabulary, isFunction, start, modification: true).Scan();
    }

    private static string Upper(ReadOnlySpan<char> word) => word.ToString().ToUpperInvariant();

    private Verdict Scan()
    {
        var readable = true;
        for (var i = 0; i < _tokens.Length && readable; i++)
        {
            readable = Look(i);
        }

        ArrayPool<Clause>.Shared.Return(_outer);
        if (readable && _depth == 0)
        {
            return _verdict;
        }

        return new Verdict(StatementClass.Unknown, SessionEffect.Unknown, "unbalanced parentheses");
    }

    private bool Look(int i)
    {
        var token = _tokens[i];
        switch (token.Kind)
        {
            case SqlTokenKind.OpenParen:
                Open(i);
                return true;
            case SqlTokenKind.CloseParen:
                return Close();
            case SqlTokenKind.Semicolon:
                return false;
            case SqlTokenKind.Word:
            case SqlTokenKind.QuotedName:
            case SqlTokenKind.EscapedName:
            case SqlTokenKind.String:
            case SqlTokenKind.Parameter:
                LookAtName(i, token);
                break;
        }

        if (_clause == Clause.Start)
        {
            _clause = Clause.Other;
        }

        return true;
    }

    private void Open(int i)
    {
        if (_depth == _outer.Length)
        {
            var larger = ArrayPool<Clause>.Shared.Rent(_depth * 2);
            _outer.AsSpan(0, _depth).CopyTo(larger);
            ArrayPool<Clause>.Shared.Return(_outer);
            _outer = larger;
        }

        // GROUPING SETS (ROLLUP (a), CUBE (b)): the words keep their meaning one level deeper.
        var groups = _clause == Clause.Group && i > 0 && IsWord(i - 1, "sets");
        _outer[_depth++] = _clause == Clause.Start ? Clause.Other : _clause;
        _clause = groups ? Clause.Group : Clause.Start;
    }

    private bool Close()
    {
        if (_depth == 0)
        {
            return false;
        }

        _clause = _outer[--_depth];
        return true;
    }

    private void LookAtName(int i, SqlToken token)
    {
        LookForNameRules(i, token);
        if (i + 1 < _tokens.Length && _tokens[i + 1].Kind == SqlTokenKind.OpenParen)
        {
            LookAtCall(i, token);
        }

        // After a dot every word is a name.
        if (token.Word is { } word && !IsKind(i - 1, SqlTokenKind.Dot))
        {
            LookForAnother(i, word);
            LookAtKeyword(i, word);
        }
    }

    /// <summary>Where statements follow each other without semicolons, a word that must begin one hides it in this one. Queries and modifications hide nothing: they are looked at alike.</summary>
    private void LookForAnother(int i, WordInfo word)
    {
        if (word.Role == WordRole.Update)
        {
            _updates++;
        }

        var begins = word.StartsStatement && i > 0;

        // Each UPDATE has one SET of its own, in MERGE too.
        begins |= word.Role == WordRole.Set && _vocabulary.StatementsNeedNoSeparator && ++_sets > _updates;
        if (begins)
        {
            _verdict.Raise(StatementClass.Unknown, Upper(word.Text) + " begins another statement");
            _verdict.Add(SessionEffect.Unknown);
        }
    }

    private void LookForNameRules(int i, SqlToken token)
    {
        var mayBeName = token.IsName || (token.Kind == SqlTokenKind.String && _vocabulary.StringsMayBeNames);
        if (_vocabulary.Names.Count == 0 || !mayBeName)
        {
            return;
        }

        var name = token.NameOf(_text);
        foreach (var rule in _vocabulary.Names)
        {
            if (Applies(rule, i, name))
            {
                _verdict.Raise(StatementClass.Unknown, rule.Reason);
                _verdict.Add(rule.Effect);
            }
        }
    }

    private readonly bool Applies(NameRule rule, int i, ReadOnlySpan<char> name)
    {
        if (name.Length < rule.Name.Length || !SqlVocabulary.EqualsAscii(name[..rule.Name.Length], rule.Name))
        {
            return false;
        }

        return rule.Match switch
        {
            NameMatch.Prefix => _vocabulary.Find(name)?.Function is null,
            NameMatch.QualifierPrefix => IsKind(i + 1, SqlTokenKind.Dot),
            NameMatch.Exact => name.Length == rule.Name.Length,
            _ => name.Length == rule.Name.Length && IsKind(i + 1, SqlTokenKind.Dot),
        };
    }

    private void LookAtCall(int i, SqlToken token)
    {
        var first = i;
        while (first >= 2 && _tokens[first - 1].Kind == SqlTokenKind.Dot && _tokens[first - 2].IsName)
        {
            first -= 2;
        }

        var qualifiers = (i - first) / 2;
        var before = first - 1;
        if (token.Word is { } word && qualifiers == 0 && (word.IsReserved || StandsAfter(word, before)))
        {
            return;
        }

        if (token.IsName && NamesSomethingElse(before))
        {
            return;
        }

        Call(i, token, before, qualifiers);
    }

    /// <summary>Whether the words before prove that this keyword does its own work here and calls nothing.</summary>
    private readonly bool StandsAfter(WordInfo word, int before)
    {
        if (word.NotCalledAfter.Length == 0)
        {
            return word.Role == WordRole.None && _clause == Clause.Group && word.Text is "rollup" or "cube";
        }

        if (before > 0 && _tokens[before].Word?.Role == WordRole.Not)
        {
            before--;
        }

        if (before < 0)
        {
            return false;
        }

        foreach (var allowed in word.NotCalledAfter)
        {
            var matches = allowed switch
            {
                ")" => _tokens[before].Kind == SqlTokenKind.CloseParen,
                "value" => EndsValue(_tokens[before]),
                _ => IsWord(before, allowed),
            };
            if (matches)
            {
                return true;
            }
        }

        return false;
    }

    private static bool EndsValue(SqlToken token) => token.Kind switch
    {
        SqlTokenKind.Word => token.Word is null || token.Word.EndsValue,
        SqlTokenKind.QuotedName or SqlTokenKind.EscapedName or SqlTokenKind.String or SqlTokenKind.Number => true,
        SqlTokenKind.Parameter or SqlTokenKind.CloseParen or SqlTokenKind.CloseBracket => true,
        _ => false,
    };

    /// <summary>
    /// Whether a name before a parenthesis is a type with a length, an alias with a column list, a common table
    /// expression or the target of an INSERT. Each is recognised only where a call would be a syntax error.
    /// </summary>
    private readonly bool NamesSomethingElse(int before)
    {
        if (before < 0)
        {
            return false;
        }

        var token = _tokens[before];
        switch (token.Kind)
        {
            case SqlTokenKind.Cast:
                return true;
            case SqlTokenKind.Comma:
                return _clause == Clause.With;
            case SqlTokenKind.CloseParen:
            case SqlTokenKind.QuotedName:
            case SqlTokenKind.EscapedName:
                return _clause == Clause.From;
            case SqlTokenKind.Word when token.Word is not { IsKeyword: true }:
                return _clause == Clause.From;
        }

        return token.Word?.Role switch
        {
            WordRole.As => true,
            WordRole.With or WordRole.Recursive => _clause == Clause.With,
            WordRole.Into => _modification,
            _ => false,
        };
    }

    private void Call(int i, SqlToken token, int before, int qualifiers)
    {
        var known = Resolve(i, token, before, qualifiers);
        if (known is null)
        {
            _verdict.Raise(StatementClass.Unknown, "calls unknown function " + Shorten(token.NameOf(_text)));
            _verdict.Add(IsOfDatabase(token, before, qualifiers) ? SessionEffect.Neutral : SessionEffect.Unknown);
            return;
        }

        if (known.Class != StatementClass.Read)
        {
            _verdict.Raise(known.Class, "calls " + Shorten(token.NameOf(_text)));
        }

        _verdict.Add(known.Effect);
    }

    private readonly bool IsOfDatabase(SqlToken token, int before, int qualifiers) =>
        _isFunction is not null
        && token.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName
        && qualifiers <= 1
        && !IsKind(before, SqlTokenKind.Dot)
        && _isFunction(token.Kind == SqlTokenKind.Word ? token.NameOf(_text).ToString().ToLowerInvariant() : token.NameOf(_text).ToString());

    private readonly FunctionEffect? Resolve(int i, SqlToken token, int before, int qualifiers)
    {
        // (a).f(x) and the like; and names of which it is not known what they spell.
        if (IsKind(before, SqlTokenKind.Dot) || token.Kind == SqlTokenKind.EscapedName)
        {
            return null;
        }

        if (qualifiers > 1 || (qualifiers == 1 && !IsFunctionSchema(_tokens[i - 2])))
        {
            return null;
        }

        return token.Kind == SqlTokenKind.Word ? token.Word?.Function
            : token.Kind == SqlTokenKind.Parameter ? _vocabulary.Find(token.NameOf(_text))?.Function
            : _vocabulary.FindExact(token.NameOf(_text))?.Function;
    }

    private readonly bool IsFunctionSchema(SqlToken token)
    {
        if (_vocabulary.FunctionSchema is not { } schema)
        {
            return false;
        }

        return token.Kind == SqlTokenKind.Word
            ? SqlVocabulary.EqualsAscii(token.Of(_text), schema)
            : token.Kind == SqlTokenKind.QuotedName && token.NameOf(_text).SequenceEqual(schema);
    }

    private void LookAtKeyword(int i, WordInfo word)
    {
        switch (word.Role)
        {
            case WordRole.With:
                _clause = _clause == Clause.Start ? Clause.With : _clause;
                break;
            case WordRole.From:
                _clause = Clause.From;
                break;
            case WordRole.Group:
                _clause = Clause.Group;
                break;
            case WordRole.Select:
            case WordRole.Clause:
            case WordRole.Set:
            case WordRole.Table:
            case WordRole.Values:
                _clause = Clause.Other;
                break;
            case WordRole.Into:
                LookAtInto(i);
                break;
            case WordRole.For:
                LookAtFor(i);
                break;
            case WordRole.Insert:
            case WordRole.Update:
            case WordRole.OtherModification:
                LookAtModification(i, word);
                break;
        }
    }

    private void LookAtInto(int i)
    {
        if (_intoBelongsToInsert)
        {
            _intoBelongsToInsert = false;
            return;
        }

        var temporary = IsWord(i + 1, "temp") || IsWord(i + 1, "temporary")
            || ((IsWord(i + 1, "local") || IsWord(i + 1, "global")) && (IsWord(i + 2, "temp") || IsWord(i + 2, "temporary")))
            || (i + 1 < _tokens.Length && _text[_tokens[i + 1].Start] == '#');
        _verdict.Raise(StatementClass.Write, "INTO creates a table");
        _verdict.Add(temporary ? SessionEffect.SetsSessionState : SessionEffect.Unknown);
    }

    private void LookAtFor(int i)
    {
        if (i + 1 < _tokens.Length && _tokens[i + 1].Word?.Role is WordRole.Update or WordRole.LockStrength)
        {
            _verdict.Raise(StatementClass.Write, "FOR " + Upper(_tokens[i + 1].Of(_text)) + " locks rows");
        }

        if (IsWord(i - 1, "value") && IsWord(i - 2, "next"))
        {
            _verdict.Raise(StatementClass.Write, "NEXT VALUE FOR advances a sequence");
        }
    }

    private void LookAtModification(int i, WordInfo word)
    {
        if (IsKind(i + 1, SqlTokenKind.OpenParen) || (i > 0 && _tokens[i - 1].Word?.Role is WordRole.As or WordRole.For))
        {
            return;
        }

        if (i == 0 || _tokens[i - 1].Kind is SqlTokenKind.OpenParen or SqlTokenKind.CloseParen)
        {
            _modification = true;
            _intoBelongsToInsert = word.Role == WordRole.Insert || word.Text is "merge" or "replace";
            _clause = Clause.Other;
            _verdict.Raise(StatementClass.Write, Upper(word.Text) + " inside a query");
        }
        else if (!_modification)
        {
            // Where no semicolon is needed it is a statement of its own.
            _verdict.Raise(_vocabulary.StatementsNeedNoSeparator ? StatementClass.Write : StatementClass.Unknown, "keyword " + Upper(word.Text) + " in a query");
        }
    }

    private readonly bool IsKind(int i, SqlTokenKind kind) => i >= 0 && i < _tokens.Length && _tokens[i].Kind == kind;

    private readonly bool IsWord(int i, string word) =>
        i >= 0 && i < _tokens.Length && _tokens[i].Kind == SqlTokenKind.Word && SqlVocabulary.EqualsAscii(_tokens[i].Of(_text), word);

    private static string Shorten(ReadOnlySpan<char> name) => (name.Length > 64 ? name[..64] : name).ToString().ToLowerInvariant();
}
