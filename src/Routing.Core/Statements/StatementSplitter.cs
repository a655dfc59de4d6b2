namespace Routing.Statements;

/// <summary>Cuts the tokens of a text into statements at semicolons. Belongs to one call.</summary>
internal ref struct StatementSplitter(ReadOnlySpan<char> text, ReadOnlySpan<SqlToken> tokens)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly ReadOnlySpan<SqlToken> _tokens = tokens;
    private int _at;

    /// <summary>The next statement that is not empty, without its semicolon.</summary>
    public bool Next(out ReadOnlySpan<SqlToken> statement)
    {
        while (_at < _tokens.Length && _tokens[_at].Kind == SqlTokenKind.Semicolon)
        {
            _at++;
        }

        var start = _at;
        _at = FindEnd(start);
        statement = _tokens[start.._at];
        return statement.Length > 0;
    }

    /// <summary>
    /// A semicolon inside parentheses (CREATE RULE) or inside the body of a CREATE TRIGGER or of BEGIN ATOMIC does not
    /// end the statement. Bodies nest through CASE, which ends with END as they do.
    /// </summary>
    private readonly int FindEnd(int start)
    {
        var parentheses = 0;
        var blocks = 0;
        var hasBody = false;
        var create = Is(start, "create");
        for (var i = start; i < _tokens.Length; i++)
        {
            switch (_tokens[i].Kind)
            {
                case SqlTokenKind.OpenParen:
                    parentheses++;
                    break;
                case SqlTokenKind.CloseParen:
                    parentheses--;
                    break;
                case SqlTokenKind.Semicolon when parentheses <= 0 && blocks == 0:
                    return i;
                case SqlTokenKind.Word when create:
                    hasBody |= Is(i, "trigger") || (Is(i, "begin") && Is(i + 1, "atomic"));
                    blocks = hasBody ? blocks + Nesting(i, blocks) : 0;
                    break;
            }
        }

        return _tokens.Length;
    }

    private readonly int Nesting(int i, int blocks)
    {
        if (Is(i, "begin"))
        {
            return blocks == 0 ? 1 : 0;
        }

        return blocks == 0 ? 0 : Is(i, "case") ? 1 : Is(i, "end") ? -1 : 0;
    }

    private readonly bool Is(int i, string word) =>
        i < _tokens.Length && _tokens[i].Kind == SqlTokenKind.Word && SqlVocabulary.EqualsAscii(_tokens[i].Of(_text), word);
}
