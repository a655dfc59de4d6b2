namespace Routing.Statements;

/// <summary>The tokens of one statement, as a <see cref="StatementRuleChooser"/> sees them. Positions before the beginning and beyond the end hold nothing.</summary>
public readonly ref struct StatementWords
{
    private readonly ReadOnlySpan<char> _text;
    private readonly ReadOnlySpan<SqlToken> _tokens;

    internal StatementWords(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
    {
        _text = text;
        _tokens = tokens;
    }

    /// <summary>How many tokens (words, names, literals, symbols) the statement has.</summary>
    public int Count => _tokens.Length;

    /// <summary>Whether the token is this unquoted word.</summary>
    /// <param name="index">The token's position.</param>
    /// <param name="word">The word in lower case; compared without case.</param>
    public bool Is(int index, string word) =>
        (uint)index < (uint)_tokens.Length
        && _tokens[index].Kind == SqlTokenKind.Word
        && SqlVocabulary.EqualsAscii(_tokens[index].Of(_text), word);

    /// <summary>Whether the token is this symbol, e.g. a dot, a parenthesis or an equals sign.</summary>
    /// <param name="index">The token's position.</param>
    /// <param name="symbol">The symbol.</param>
    public bool IsSymbol(int index, char symbol) =>
        (uint)index < (uint)_tokens.Length && _tokens[index].Length == 1 && _text[_tokens[index].Start] == symbol;

    /// <summary>Whether this unquoted word stands anywhere in the statement.</summary>
    /// <param name="word">The word in lower case; compared without case.</param>
    public bool Has(string word) => IndexOf(word) >= 0;

    /// <summary>Where this unquoted word first stands; -1 when nowhere.</summary>
    /// <param name="word">The word in lower case; compared without case.</param>
    public int IndexOf(string word)
    {
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (Is(i, word))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The unquoted word or quoted name at a position, in lower case; empty for anything else.</summary>
    /// <param name="index">The token's position.</param>
    public string Name(int index) =>
        (uint)index < (uint)_tokens.Length && (_tokens[index].Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName)
            ? _tokens[index].NameOf(_text).ToString().ToLowerInvariant()
            : "";
}
