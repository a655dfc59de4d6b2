namespace Routing.Statements;

/// <summary>What stands between the tokens of a text: white space and comments, as one engine reads them. Belongs to one call.</summary>
internal readonly ref struct SqlSpace(ReadOnlySpan<char> text, SqlSyntax syntax)
{
    // Some engines end a line at one of these, others do not.
    private const string UncertainLineEnds = "\r\u0085\u2028\u2029";

    private readonly ReadOnlySpan<char> _text = text;
    private readonly SqlSyntax _syntax = syntax;

    /// <summary>The position of the next token, or of the end; any where <paramref name="problem"/> says why it cannot be told.</summary>
    public int Skip(int at, out string? problem)
    {
        problem = null;
        while (at < _text.Length && problem is null)
        {
            var c = _text[at];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                at++;
            }
            else if (BeginsLineComment(at))
            {
                at = EndOfLineComment(at, out problem);
            }
            else if (c == '/' && At(at + 1) == '*')
            {
                at = EndOfBlockComment(at + 2, out problem);
            }
            else
            {
                break;
            }
        }

        return at;
    }

    /// <summary>Where the line ends in which the position is.</summary>
    public int EndOfLine(int from)
    {
        var rest = _text[from..];
        var length = _syntax.CarriageReturnEndsLineComment ? rest.IndexOfAny('\n', '\r') : rest.IndexOf('\n');

        // A null character ends the text for a driver that hands it over as a C string; the lexer must come across it.
        var zero = (length < 0 ? rest : rest[..length]).IndexOf('\0');
        return zero >= 0 ? from + zero : length < 0 ? _text.Length : from + length;
    }

    private char At(int at) => at < _text.Length ? _text[at] : '\0';

    private bool BeginsLineComment(int at)
    {
        var c = _text[at];
        if (c == '#')
        {
            return _syntax.HashComments;
        }

        if (c != '-' || At(at + 1) != '-')
        {
            return false;
        }

        return !_syntax.DashCommentsNeedSpace || at + 2 == _text.Length || At(at + 2) <= ' ';
    }

    private int EndOfLineComment(int at, out string? problem)
    {
        var end = EndOfLine(at + 1);
        var line = _text[at..end].TrimEnd('\r');
        problem = _syntax.UnicodeSpaces && line.IndexOfAny(UncertainLineEnds) >= 0 ? "unreadable line end" : null;
        return end;
    }

    private int EndOfBlockComment(int at, out string? problem)
    {
        problem = null;
        var depth = 1;
        if (_syntax.ExecutableComments && (At(at) == '!' || (At(at) is 'M' or 'm' && At(at + 1) == '!')))
        {
            problem = "executable comment";
            return at;
        }

        while (at < _text.Length)
        {
            var c = _text[at];
            if (c == '\0')
            {
                problem = "null character";
                return at;
            }

            if (c == '*' && At(at + 1) == '/')
            {
                at += 2;
                if (--depth == 0)
                {
                    return at;
                }
            }
            else if (_syntax.NestedComments && c == '/' && At(at + 1) == '*')
            {
                depth++;
                at += 2;
            }
            else
            {
                at++;
            }
        }

        problem = "unterminated comment";
        return at;
    }
}
