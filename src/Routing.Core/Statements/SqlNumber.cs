namespace Routing.Statements;

/// <summary>
/// Where a number ends: decimal with fraction and exponent, or hexadecimal, octal and binary, with underscores between
/// digits, as the newest version of each engine reads them. What follows a number directly is for the lexer to refuse.
/// </summary>
internal static class SqlNumber
{
    /// <summary>The position after the number that begins at <paramref name="at"/>.</summary>
    public static int EndOf(ReadOnlySpan<char> text, int at)
    {
        if (text[at] != '0' || At(text, at + 1) is not ('x' or 'X' or 'o' or 'O' or 'b' or 'B'))
        {
            return EndOfDecimal(text, at);
        }

        at += 2;
        while (at < text.Length && (char.IsAsciiHexDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return at;
    }

    public static int EndOfDigits(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '_' && char.IsAsciiDigit(At(text, at + 1)))))
        {
            at++;
        }

        return at;
    }

    private static int EndOfDecimal(ReadOnlySpan<char> text, int at)
    {
        at = EndOfDigits(text, at);
        if (At(text, at) == '.')
        {
            at = EndOfDigits(text, at + 1);
        }

        if (At(text, at) is not ('e' or 'E'))
        {
            return at;
        }

        var digits = at + (At(text, at + 1) is '+' or '-' ? 2 : 1);
        return char.IsAsciiDigit(At(text, digits)) ? EndOfDigits(text, digits) : at;
    }

    private static char At(ReadOnlySpan<char> text, int at) => at < text.Length ? text[at] : '\0';
}
