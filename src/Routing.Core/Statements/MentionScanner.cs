namespace Routing.Statements;

/// <summary>
/// Finds what one query or modification names, by looking at each token once with a stack of open parentheses. It need not
/// be exact, only complete: a name taken for a relation that is none counts against the text, never for it. Belongs to one call.
/// </summary>
internal ref struct MentionScanner
{
    private readonly ReadOnlySpan<char> _text;
    private readonly ReadOnlySpan<SqlToken> _tokens;
    private readonly bool _stringsMayBeNames;
    private readonly Mentions _found;
    private readonly List<Level> _outer = [];
    private readonly List<CommonTable> _commonTables = [];
    private Level _level;

    private MentionScanner(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, SqlVocabulary vocabulary, Mentions found)
    {
        _text = text;
        _tokens = tokens;
        _stringsMayBeNames = vocabulary.StringsMayBeNames;
        _found = found;
    }

    private enum Place : byte
    {
        /// <summary>Expressions, column lists and the like.</summary>
        Other,

        /// <summary>The next name is a relation.</summary>
        Relation,

        /// <summary>Behind an item of a FROM list: a comma leads to the next relation.</summary>
        From,

        /// <summary>Behind the relation that is deleted from or merged into: USING leads to the next relation.</summary>
        Target,

        /// <summary>Arguments written with words, as in <c>extract(day from x)</c>: FROM and IN mean something else.</summary>
        Arguments,

        /// <summary>Behind a common table expression: a comma leads to the name of the next.</summary>
        With,
    }

    /// <summary>One level of parentheses.</summary>
    /// <param name="Place">What stands there.</param>
    /// <param name="CommonTable">The common table whose body this is, as its place in the list; -1 for none.</param>
    /// <param name="IsRecursive">Whether its common tables see themselves.</param>
    private record struct Level(Place Place, int CommonTable, bool IsRecursive);

    /// <summary>A name that stands for a query of this text while its level is open.</summary>
    private record struct CommonTable(string Name, int Depth, bool IsVisible);

    public static void Scan(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens, SqlVocabulary vocabulary, Mentions found) =>
        new MentionScanner(text, tokens, vocabulary, found).Scan();

    private void Scan()
    {
        _level = new Level(Place.Other, CommonTable: -1, IsRecursive: false);
        for (var i = 0; i < _tokens.Length; i++)
        {
            NoteName(i);
            i = Look(i);
        }
    }

    /// <summary>Returns the last position it has used.</summary>
    private int Look(int i)
    {
        switch (_tokens[i].Kind)
        {
            case SqlTokenKind.OpenParen:
                Open(i);
                return i;
            case SqlTokenKind.CloseParen:
                Close();
                return i;
            case SqlTokenKind.Comma when _level.Place == Place.From:
                _level.Place = Place.Relation;
                return i;
            case SqlTokenKind.Comma when _level.Place == Place.With:
                return ReadCommonTable(i + 1);
            case SqlTokenKind.Parameter:
                _found.HasParameters = true;
                return i;
            case SqlTokenKind.Word or SqlTokenKind.QuotedName or SqlTokenKind.EscapedName or SqlTokenKind.String:
                return LookAtWord(i);
            default:
                return i;
        }
    }

    private void Open(int i)
    {
        var place = _level.Place switch
        {
            // A join or a query in parentheses.
            Place.Relation => Place.Relation,
            _ when IsAnyWord(i - 1, "extract", "substring", "trim", "overlay", "position") => Place.Arguments,
            _ => Place.Other,
        };
        if (_level.Place == Place.Relation)
        {
            _level.Place = Place.From;
        }

        _outer.Add(_level);
        _level = new Level(place, CommonTable: -1, IsRecursive: false);
    }

    private void Close()
    {
        if (_outer.Count == 0)
        {
            _found.IsUnreadable = true;
            return;
        }

        while (_commonTables.Count > 0 && _commonTables[^1].Depth >= _outer.Count)
        {
            _commonTables.RemoveAt(_commonTables.Count - 1);
        }

        var ended = _level.CommonTable;
        _level = _outer[^1];
        _outer.RemoveAt(_outer.Count - 1);
        if (ended >= 0 && ended < _commonTables.Count)
        {
            _commonTables[ended] = _commonTables[ended] with { IsVisible = true };
            _level.Place = Place.With;
        }
    }

    private int LookAtWord(int i)
    {
        var token = _tokens[i];
        var word = token.Kind == SqlTokenKind.Word ? token.Word : null;
        if (_level.Place == Place.Relation)
        {
            return LookAtRelation(i, word);
        }

        if (word is null || IsKind(i - 1, SqlTokenKind.Dot))
        {
            return i;
        }

        switch (word.Role)
        {
            case WordRole.From:
                return LookAtFrom(i);
            case WordRole.With:
                return BeginsCommonTables(i) ? ReadCommonTables(i) : i;
            case WordRole.Into:
                return ReadTarget(SkipWords(i + 1, "temp", "temporary", "unlogged", "table"), Place.Target);
            case WordRole.Update:
                return LookAtUpdate(i);
            case WordRole.Table:
                return ReadRelation(SkipWords(i + 1, "only"), writes: false, Place.Other);
            case WordRole.Select or WordRole.Clause or WordRole.Group or WordRole.Values or WordRole.For when EndsList(word):
                _level.Place = Place.Other;
                return i;
        }

        return LookAtOther(i, word);
    }

    private int LookAtOther(int i, WordInfo word)
    {
        switch (word.Text)
        {
            case "join":
                _level.Place = Place.Relation;
                return i;
            case "using" when _level.Place == Place.Target:
                _level.Place = Place.Relation;
                return i;
            case "delete" when IsWord(i + 1, "from"):
                return ReadTarget(SkipWords(i + 2, "only"), Place.Target);
            case "in" when _stringsMayBeNames && _level.Place != Place.Arguments && !IsKind(i + 1, SqlTokenKind.OpenParen):
                return ReadRelation(i + 1, writes: false, _level.Place);
            default:
                return i;
        }
    }

    /// <summary>A word that is not reserved may be an alias (<c>from a values, b</c>), and then the list goes on behind it.</summary>
    private readonly bool EndsList(WordInfo word) => _level.Place switch
    {
        Place.Arguments => word.Role == WordRole.Select,
        Place.From => word.IsReserved && word.Role != WordRole.Values,
        _ => true,
    };

    /// <summary>FROM begins the list of relations, unless it belongs to an operator or to arguments.</summary>
    private int LookAtFrom(int i)
    {
        var compares = IsWord(i - 1, "distinct") && (IsWord(i - 2, "is") || IsWord(i - 2, "not"));
        if (_level.Place != Place.Arguments && !compares)
        {
            _level.Place = Place.Relation;
        }

        return i;
    }

    private int LookAtUpdate(int i)
    {
        var isNone = IsAnyWord(i - 1, "for", "key", "do", "then") || IsWord(i + 1, "set") || IsKind(i + 1, SqlTokenKind.OpenParen);
        if (isNone)
        {
            return i;
        }

        // UPDATE OR IGNORE t
        var at = IsWord(i + 1, "or") ? i + 3 : SkipWords(i + 1, "only");
        return ReadTarget(at, Place.Other);
    }

    private int LookAtRelation(int i, WordInfo? word)
    {
        switch (word?.Role)
        {
            case WordRole.Select:
            case WordRole.Values when IsKind(i + 1, SqlTokenKind.OpenParen):
                _level.Place = Place.Other;
                return i;
            case WordRole.With:
                return ReadCommonTables(i);
            case WordRole.Table:
                return ReadRelation(SkipWords(i + 1, "only"), writes: false, Place.Other);
        }

        if (word?.Text is "only" or "lateral")
        {
            return i;
        }

        // ROWS FROM (f(), g())
        if (word?.Text == "rows" && IsWord(i + 1, "from"))
        {
            return i + 1;
        }

        return ReadRelation(i, writes: false, Place.From);
    }

    private int ReadTarget(int at, Place next) => ReadRelation(SkipWords(at, "only"), writes: true, next);

    /// <summary>Reads <c>name</c> or <c>schema.name</c>; what has a parenthesis behind it is a call, unless it is written to.</summary>
    private int ReadRelation(int at, bool writes, Place next)
    {
        _level.Place = next;
        if (!IsNameAt(at))
        {
            // Nothing that could be a relation stands where one must: this is not understood.
            _found.IsUnreadable |= !IsKind(at, SqlTokenKind.OpenParen);
            return at - 1;
        }

        var last = at;
        while (IsKind(last + 1, SqlTokenKind.Dot) && IsNameAt(last + 2))
        {
            last += 2;
        }

        for (var i = at; i <= last; i++)
        {
            NoteName(i);
        }

        if (last - at > 2)
        {
            _found.IsUnreadable = true;
        }
        else if (writes || !IsKind(last + 1, SqlTokenKind.OpenParen))
        {
            Note(at, last, writes);
        }

        return last;
    }

    private readonly void Note(int first, int last, bool writes)
    {
        var name = NameOf(last);
        var schema = first == last ? null : NameOf(first);
        if (writes || schema is not null || !IsCommonTable(name))
        {
            _found.Relations.Add(new RelationMention(schema, name, writes));
        }
    }

    private readonly bool IsCommonTable(string name)
    {
        foreach (var table in _commonTables)
        {
            if (table.IsVisible && table.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>WITH [RECURSIVE] name [(...)] AS [NOT] [MATERIALIZED] (...): other uses of WITH have no such thing behind them.</summary>
    private readonly bool BeginsCommonTables(int i)
    {
        var name = SkipWords(i + 1, "recursive");
        return IsNameAt(name) && !IsAnyWord(name, "ordinality", "time", "ties", "hold")
            && (IsKind(name + 1, SqlTokenKind.OpenParen) || (IsWord(name + 1, "as") && (IsKind(name + 2, SqlTokenKind.OpenParen) || IsAnyWord(name + 2, "not", "materialized"))));
    }

    private int ReadCommonTables(int i)
    {
        _level.IsRecursive = IsWord(i + 1, "recursive");
        return ReadCommonTable(SkipWords(i + 1, "recursive"));
    }

    /// <summary>Reads from the name to the parenthesis that opens the body.</summary>
    private int ReadCommonTable(int at)
    {
        _level.Place = Place.Other;
        if (!IsNameAt(at))
        {
            _found.IsUnreadable = true;
            return at - 1;
        }

        NoteName(at);
        var body = at + 1;
        if (IsKind(body, SqlTokenKind.OpenParen))
        {
            while (body < _tokens.Length && _tokens[body].Kind != SqlTokenKind.CloseParen)
            {
                NoteName(body++);
            }

            body++;
        }

        body = SkipWords(body, "as");
        body = SkipWords(body, "not");
        body = SkipWords(body, "materialized");
        if (!IsKind(body, SqlTokenKind.OpenParen))
        {
            _found.IsUnreadable = true;
            return body - 1;
        }

        _commonTables.Add(new CommonTable(NameOf(at), _outer.Count, _level.IsRecursive));
        _outer.Add(_level);
        _level = new Level(Place.Other, _commonTables.Count - 1, IsRecursive: false);
        return body;
    }

    private readonly void NoteName(int i)
    {
        var token = _tokens[i];
        switch (token.Kind)
        {
            case SqlTokenKind.EscapedName:
                _found.IsUnreadable = true;
                break;
            case SqlTokenKind.QuotedName:
                _found.AddName(NameOf(i));
                break;
            case SqlTokenKind.Word when token.Word is not { IsReserved: true } || IsKind(i - 1, SqlTokenKind.Dot):
                _found.AddName(NameOf(i));
                break;
        }
    }

    private readonly string NameOf(int i)
    {
        var token = _tokens[i];
        if (token.Kind == SqlTokenKind.Word)
        {
            return token.Word?.Text ?? token.Of(_text).ToString().ToLowerInvariant();
        }

        var close = _text[token.Start + token.Length - 1];
        return token.NameOf(_text).ToString().Replace($"{close}{close}", close.ToString(), StringComparison.Ordinal);
    }

    private readonly bool IsNameAt(int i) =>
        i < _tokens.Length && (_tokens[i].IsName || (_stringsMayBeNames && _tokens[i].Kind == SqlTokenKind.String));

    private readonly int SkipWords(int at, params ReadOnlySpan<string> words)
    {
        while (IsAnyWord(at, words))
        {
            at++;
        }

        return at;
    }

    private readonly bool IsAnyWord(int i, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (IsWord(i, word))
            {
                return true;
            }
        }

        return false;
    }

    private readonly bool IsKind(int i, SqlTokenKind kind) => i >= 0 && i < _tokens.Length && _tokens[i].Kind == kind;

    private readonly bool IsWord(int i, string word) =>
        i >= 0 && i < _tokens.Length && _tokens[i].Kind == SqlTokenKind.Word && SqlVocabulary.EqualsAscii(_tokens[i].Of(_text), word);
}
