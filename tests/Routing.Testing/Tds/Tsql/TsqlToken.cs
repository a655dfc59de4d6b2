namespace Routing.Testing.Tds.Tsql;

/// <summary>What a piece of a text is.</summary>
internal enum TsqlKind
{
    Word,
    Quoted,
    Text,
    Number,
    Parameter,
    Variable,
    Symbol,
}

/// <summary>A piece of a text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">As it stands there; a text without its N.</param>
/// <param name="HasSpace">Whether white space stands before it.</param>
internal readonly record struct TsqlToken(TsqlKind Kind, string Value, bool HasSpace)
{
    public bool Is(string word) => Kind is TsqlKind.Word or TsqlKind.Symbol && Value.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Cuts a text into pieces, without its comments.</summary>
    public static List<TsqlToken> Cut(string text)
    {
        var tokens = new List<TsqlToken>();
        var at = 0;
        while (true)
        {
            var start = at;
            at = SkipSpace(text, at);
            if (at == text.Length)
            {
                return tokens;
            }

            var end = EndOf(text, at, out var kind);
            var value = text[at..end];
            if (kind == TsqlKind.Text && value[0] is 'N' or 'n')
            {
                value = value[1..];
            }

            tokens.Add(new TsqlToken(kind, value, at > start));
            at = end;
        }
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
            }
            else if (text.AsSpan(at).StartsWith("--"))
            {
                var line = text.IndexOf('\n', at);
                at = line < 0 ? text.Length : line + 1;
            }
            else if (text.AsSpan(at).StartsWith("/*"))
            {
                var close = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                at = close < 0 ? throw new TdsException(113, 15, "Missing end comment mark '*/'.") : close + 2;
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private static int EndOf(string text, int at, out TsqlKind kind)
    {
        var c = text[at];
        if (c == '\'' || (c is 'N' or 'n' && at + 1 < text.Length && text[at + 1] == '\''))
        {
            kind = TsqlKind.Text;
            return EndOfQuoted(text, text.IndexOf('\'', at), '\'');
        }

        if (c is '"' or '[')
        {
            kind = TsqlKind.Quoted;
            return EndOfQuoted(text, at, c == '[' ? ']' : '"');
        }

        var isVariable = c == '@' && at + 1 < text.Length && text[at + 1] == '@';
        kind = isVariable ? TsqlKind.Variable : c == '@' ? TsqlKind.Parameter : char.IsAsciiDigit(c) ? TsqlKind.Number : IsName(c) ? TsqlKind.Word : TsqlKind.Symbol;
        if (kind == TsqlKind.Symbol)
        {
            return at + 1;
        }

        at += isVariable ? 2 : 1;
        while (at < text.Length && (IsName(text[at]) || char.IsAsciiDigit(text[at]) || (kind == TsqlKind.Number && text[at] == '.')))
        {
            at++;
        }

        return at;
    }

    private static bool IsName(char c) => char.IsLetter(c) || c is '_' or '#' or '$';

    private static int EndOfQuoted(string text, int at, char close)
    {
        for (at++; at < text.Length; at++)
        {
            if (text[at] != close)
            {
                continue;
            }

            if (at + 1 == text.Length || text[at + 1] != close)
            {
                return at + 1;
            }

            at++;
        }

        throw new TdsException(105, 15, "Unclosed quotation mark after the character string.");
    }
}
