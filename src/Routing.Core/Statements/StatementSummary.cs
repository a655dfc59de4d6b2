namespace Routing.Statements;

/// <summary>
/// Names a statement for traces and metrics: its verb and its first target, never a literal, so that the number of
/// different names stays as low as the number of tables.
/// </summary>
internal readonly ref struct StatementSummary(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
{
    private const int LongestName = 64;

    private readonly ReadOnlySpan<char> _text = text;
    private readonly ReadOnlySpan<SqlToken> _tokens = tokens;

    /// <summary>The verb after any WITH list, and the first table.</summary>
    public string OfQuery()
    {
        var verb = FindVerb();
        if (verb < 0)
        {
            return "UNKNOWN";
        }

        var keyword = Upper(_tokens[verb]);
        var target = FindTarget(verb);
        return target < 0 ? keyword : keyword + " " + NameAt(target);
    }

    /// <summary>The first word, and the second when it is a keyword too (<c>CREATE TABLE</c>) or <paramref name="namesTarget"/> asks for it.</summary>
    public string OfCommand(bool namesTarget)
    {
        var keyword = Upper(_tokens[0]);
        if (_tokens.Length == 1)
        {
            return keyword;
        }

        var second = _tokens[1];
        if (namesTarget && second.IsName)
        {
            return keyword + " " + NameAt(1);
        }

        return second.Word is { IsKeyword: true } ? keyword + " " + Upper(second) : keyword;
    }

    private string Upper(SqlToken token) => token.Of(_text).ToString().ToUpperInvariant();

    private int FindVerb()
    {
        var depth = 0;
        var nested = -1;
        for (var i = 0; i < _tokens.Length; i++)
        {
            depth += Nesting(_tokens[i]);
            if (!IsVerb(i))
            {
                continue;
            }

            if (depth == 0)
            {
                return i;
            }

            nested = nested < 0 ? i : nested;
        }

        return nested;
    }

    private bool IsVerb(int i)
    {
        var role = _tokens[i].Word?.Role;
        var verb = role is WordRole.Select or WordRole.Insert or WordRole.Update or WordRole.OtherModification or WordRole.Values or WordRole.Table;
        return verb && (i == 0 || _tokens[i - 1].Kind is not SqlTokenKind.Dot) && !IsCalledFunction(i);
    }

    private bool IsCalledFunction(int i) =>
        _tokens[i].Word?.Function is not null && i + 1 < _tokens.Length && _tokens[i + 1].Kind == SqlTokenKind.OpenParen;

    private int FindTarget(int verb)
    {
        var role = _tokens[verb].Word!.Role;
        if (role == WordRole.Values)
        {
            return -1;
        }

        if (role is WordRole.Update or WordRole.Table)
        {
            return SkipToName(verb + 1);
        }

        // A derived table is no target: the first table inside it is.
        var depth = 0;
        var anyDepth = false;
        for (var i = verb + 1; i < _tokens.Length && depth >= 0; i++)
        {
            depth += Nesting(_tokens[i]);
            if ((depth != 0 && !anyDepth) || _tokens[i].Word?.Role is not (WordRole.From or WordRole.Into))
            {
                continue;
            }

            var target = SkipToName(i + 1);
            if (target >= 0)
            {
                return target;
            }

            anyDepth = true;
        }

        return -1;
    }

    private int SkipToName(int from)
    {
        for (var i = from; i < _tokens.Length && i < from + 3; i++)
        {
            var token = _tokens[i];
            if (!token.IsName)
            {
                return -1;
            }

            var skip = token.Kind == SqlTokenKind.Word && token.Of(_text) is var word
                && (Is(word, "only") || Is(word, "lateral") || Is(word, "or") || (i > from && Is(_tokens[i - 1].Of(_text), "or")));
            if (!skip)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Is(ReadOnlySpan<char> word, string other) => SqlVocabulary.EqualsAscii(word, other);

    private static int Nesting(SqlToken token) => token.Kind switch
    {
        SqlTokenKind.OpenParen => 1,
        SqlTokenKind.CloseParen => -1,
        _ => 0,
    };

    private string NameAt(int i)
    {
        var name = _tokens[i].NameOf(_text).ToString();
        while (i + 2 < _tokens.Length && name.Length < LongestName && _tokens[i + 1].Kind == SqlTokenKind.Dot && _tokens[i + 2].IsName)
        {
            i += 2;
            name += "." + _tokens[i].NameOf(_text).ToString();
        }

        return name.Length > LongestName ? name[..LongestName] : name;
    }
}
