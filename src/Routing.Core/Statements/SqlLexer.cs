namespace Routing.Statements;

/// <summary>
/// Cuts a text into tokens in one pass, without recursion and in time linear in its length. It stops with a
/// <see cref="Problem"/> at whatever it cannot read with certainty. Belongs to one call.
/// </summary>
internal ref struct SqlLexer(ReadOnlySpan<char> text, SqlSyntax syntax, SqlVocabulary vocabulary)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly SqlSyntax _syntax = syntax;
    private readonly SqlVocabulary _vocabulary = vocabulary;
    private readonly SqlSpace _space = new(text, syntax);
    private int _at;

    /// <summary>Why the lexer stopped; null while all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next token. False at the end of the text and at a problem.</summary>
    public bool Next(out SqlToken token)
    {
        token = default;
        if (!SkipSpaceAndComments() || _at == _text.Length)
        {
            return false;
        }

        var start = _at;
        var kind = Read(_text[_at]);
        if (Problem is not null)
        {
            return false;
        }

        var word = kind == SqlTokenKind.Word ? _vocabulary.Find(_text[start.._at]) : null;
        token = new SqlToken(kind, start, _at - start, word);
        return true;
    }

    public static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || c >= 0x80;

    /// <summary>PostgreSQL and SQLite take every character beyond ASCII as a letter, no-break spaces included.</summary>
    public static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c) || c == '$';

    private readonly bool IsParameterPart(char c) => IsNamePart(c) && (c != '$' || !_syntax.DollarQuotes);

    private readonly char Peek(int offset) => _at + offset < _text.Length ? _text[_at + offset] : '\0';

    private SqlTokenKind Fail(string problem)
    {
        Problem = problem;
        return default;
    }

    private SqlTokenKind Read(char c)
    {
        if (IsNameStart(c))
        {
            return ReadWordOrPrefixedString(c);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
        {
            return ReadNumber();
        }

        if (LengthOfMarks(c) is > 0 and var marks)
        {
            _at += marks;
            return ReadWord();
        }

        switch (c)
        {
            case '\'':
                return ReadQuoted('\'', SqlTokenKind.String, _syntax.BackslashEscapes, "unterminated string");
            case '"' when _syntax.DoubleQuotedStrings:
                return ReadQuoted('"', SqlTokenKind.String, _syntax.BackslashEscapes, "unterminated string");
            case '"':
                return ReadQuoted('"', SqlTokenKind.QuotedName, backslashes: false, "unterminated quoted name");
            case '`' when _syntax.Backticks:
                return ReadQuoted('`', SqlTokenKind.QuotedName, backslashes: false, "unterminated quoted name");
            case '[' when _syntax.Brackets:
                return ReadBracketed();
            case '$' when _syntax.DollarNumbers || _syntax.DollarQuotes:
                return ReadDollar();
            case '?' when _syntax.QuestionMarks:
                return ReadQuestionMark();
            case ':' when _syntax.DoubleColonCasts && Peek(1) == ':':
                _at += 2;
                return SqlTokenKind.Cast;
            case '\0':
                // Drivers hand texts over as C strings: what follows would be read by us and not by the server, or the other way round.
                return Fail("null character");
        }

        if (_syntax.NamedParameters.Contains(c) && IsParameterPart(Peek(1)))
        {
            return ReadNamedParameter();
        }

        return ReadSymbol(c);
    }

    private SqlTokenKind ReadSymbol(char c)
    {
        var kind = c switch
        {
            '(' => SqlTokenKind.OpenParen,
            ')' => SqlTokenKind.CloseParen,
            '[' => SqlTokenKind.OpenBracket,
            ']' => SqlTokenKind.CloseBracket,
            ',' => SqlTokenKind.Comma,
            '.' => SqlTokenKind.Dot,
            ';' => SqlTokenKind.Semicolon,
            _ => SqlTokenKind.Operator,
        };
        if (kind == SqlTokenKind.Operator && !_syntax.Operators.Contains(c))
        {
            return Fail("unreadable character");
        }

        _at++;
        return kind;
    }

    private bool SkipSpaceAndComments()
    {
        _at = _space.Skip(_at, out var problem);
        Problem = problem;
        return problem is null;
    }

    private SqlTokenKind ReadWordOrPrefixedString(char c)
    {
        var letter = char.ToLowerInvariant(c);
        if (_syntax.EscapeStrings && letter == 'e' && Peek(1) == '\'')
        {
            _at++;
            return ReadEscapeString();
        }

        if (_syntax.UnicodeEscapes && letter == 'u' && Peek(1) == '&' && Peek(2) is '\'' or '"')
        {
            _at += 2;
            return _text[_at] == '\''
                ? ReadQuoted('\'', SqlTokenKind.String, backslashes: false, "unterminated string")
                : ReadQuoted('"', SqlTokenKind.EscapedName, backslashes: false, "unterminated quoted name");
        }

        if (Peek(1) == '\'' && c < 0x80 && _syntax.StringPrefixes.Contains(letter))
        {
            _at++;
            return ReadQuoted('\'', SqlTokenKind.String, _syntax.BackslashEscapes, "unterminated string");
        }

        return ReadWord();
    }

    private SqlTokenKind ReadWord()
    {
        var start = _at;
        do
        {
            _at++;
        }
        while (_at < _text.Length && IsNamePart(_text[_at]));

        return HoldsNoLetter(_text[start.._at]) ? Fail("unreadable character") : SqlTokenKind.Word;
    }

    /// <summary>The marks before a name that belong to it: <c>@@</c>, <c>#</c>, <c>##</c>. 0 where no name follows.</summary>
    private readonly int LengthOfMarks(char c)
    {
        if (c == '@' && _syntax.SystemVariables)
        {
            return Peek(1) == '@' && IsNameStart(Peek(2)) ? 2 : 0;
        }

        if (c != '#' || !_syntax.HashNames)
        {
            return 0;
        }

        var marks = Peek(1) == '#' ? 2 : 1;
        return IsNamePart(Peek(marks)) ? marks : 0;
    }

    /// <summary>Whether the engine may see an end in what is read as one name.</summary>
    private readonly bool HoldsNoLetter(ReadOnlySpan<char> name)
    {
        if (!_syntax.UnicodeSpaces)
        {
            return false;
        }

        foreach (var c in name)
        {
            if (c >= 0x80 && !char.IsLetterOrDigit(c))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads from an opening quote to past the closing one; a doubled quote is part of the content.</summary>
    private SqlTokenKind ReadQuoted(char quote, SqlTokenKind kind, bool backslashes, string problem)
    {
        _at++;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '\0')
            {
                return Fail("null character");
            }

            if (c == '\\' && backslashes)
            {
                _at += 2;
            }
            else if (c != quote)
            {
                _at++;
            }
            else if (Peek(1) == quote)
            {
                _at += 2;
            }
            else
            {
                _at++;
                return kind;
            }
        }

        _at = _text.Length;
        return Fail(problem);
    }

    private SqlTokenKind ReadEscapeString()
    {
        while (true)
        {
            if (ReadQuoted('\'', SqlTokenKind.String, backslashes: true, "unterminated string") != SqlTokenKind.String || Problem is not null)
            {
                return SqlTokenKind.String;
            }

            // After a line break the next quote continues the same string *with its backslash rule*; reading it as a
            // new plain string would hide what comes after \'.
            var next = ContinuationQuote();
            if (next < 0)
            {
                return SqlTokenKind.String;
            }

            _at = next;
        }
    }

    private readonly int ContinuationQuote()
    {
        var at = _at;
        var sawLineBreak = false;
        while (at < _text.Length)
        {
            var c = _text[at];
            if (c is '\n' or '\r')
            {
                sawLineBreak = true;
                at++;
            }
            else if (c is ' ' or '\t' or '\f')
            {
                at++;
            }
            else if (c == '-' && at + 1 < _text.Length && _text[at + 1] == '-')
            {
                at = _space.EndOfLine(at + 2);
            }
            else
            {
                return sawLineBreak && c == '\'' ? at : -1;
            }
        }

        return -1;
    }

    private SqlTokenKind ReadBracketed()
    {
        var length = LengthToBracket();
        if (length < 0)
        {
            return Fail("unterminated quoted name");
        }

        if (_text.Slice(_at, length).Contains('\0'))
        {
            return Fail("null character");
        }

        _at += length + 1;
        return SqlTokenKind.QuotedName;
    }

    private readonly int LengthToBracket()
    {
        for (var at = _at + 1; at < _text.Length; at++)
        {
            if (_text[at] != ']')
            {
                continue;
            }

            if (!_syntax.DoubledBrackets || at + 1 == _text.Length || _text[at + 1] != ']')
            {
                return at - _at;
            }

            at++;
        }

        return -1;
    }

    private SqlTokenKind ReadDollar()
    {
        if (_syntax.DollarNumbers && char.IsAsciiDigit(Peek(1)))
        {
            _at++;
            SkipDigits();
            return _at < _text.Length && IsNameStart(_text[_at]) ? Fail("unreadable parameter") : SqlTokenKind.Parameter;
        }

        var end = _at + 1;
        while (end < _text.Length && (IsNameStart(_text[end]) || (end > _at + 1 && char.IsAsciiDigit(_text[end]))))
        {
            end++;
        }

        if (!_syntax.DollarQuotes || end == _text.Length || _text[end] != '$')
        {
            return Fail("unreadable character");
        }

        var tag = _text[_at..(end + 1)];
        var body = _text[(end + 1)..];
        var length = body.IndexOf(tag);
        if (length < 0)
        {
            return Fail("unterminated dollar quote");
        }

        if (body[..length].Contains('\0'))
        {
            return Fail("null character");
        }

        _at = end + 1 + length + tag.Length;
        return SqlTokenKind.String;
    }

    private SqlTokenKind ReadQuestionMark()
    {
        _at++;
        SkipDigits();
        return _at < _text.Length && IsNamePart(_text[_at]) ? Fail("unreadable parameter") : SqlTokenKind.Parameter;
    }

    private SqlTokenKind ReadNamedParameter()
    {
        var start = _at;
        do
        {
            _at++;
        }
        while (_at < _text.Length && IsParameterPart(_text[_at]));

        if (HoldsNoLetter(_text[start.._at]))
        {
            return Fail("unreadable character");
        }

        // Where a dollar sign begins a string, the driver ends the name before it and the server may not.
        var hidesWhatFollows = _syntax.DollarQuotes && Peek(0) == '$';
        hidesWhatFollows |= _syntax.ParametersHaveSuffixes && (Peek(0) == '(' || (Peek(0) == ':' && Peek(1) == ':'));
        return hidesWhatFollows ? Fail("unreadable parameter") : SqlTokenKind.Parameter;
    }

    private SqlTokenKind ReadNumber()
    {
        _at = SqlNumber.EndOf(_text, _at);

        // Older servers read 1into as 1 INTO, newer ones refuse it: neither is worth guessing.
        var junk = _at < _text.Length && (IsNamePart(_text[_at]) || _text[_at] == '.');
        return junk ? Fail("unreadable number") : SqlTokenKind.Number;
    }

    private void SkipDigits() => _at = SqlNumber.EndOfDigits(_text, _at);
}
