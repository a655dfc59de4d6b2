using System.Buffers;

namespace Routing.Statements;

internal enum SqlTokenKind : byte
{
    Word,
    QuotedName,

    /// <summary>A quoted name with escapes in it: what it spells is not worked out.</summary>
    EscapedName,
    String,
    Number,
    Parameter,
    Operator,
    Cast,
    Dot,
    Comma,
    Semicolon,
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
}

/// <summary>A piece of a text. <c>Word</c> is what the vocabulary knows about an unquoted word, null when it is a plain name.</summary>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int Length, WordInfo? Word)
{
    public bool IsName => Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName or SqlTokenKind.EscapedName;

    public ReadOnlySpan<char> Of(ReadOnlySpan<char> text) => text.Slice(Start, Length);

    /// <summary>The name without its quotes; doubled quotes inside stay doubled.</summary>
    public ReadOnlySpan<char> NameOf(ReadOnlySpan<char> text) => Kind switch
    {
        SqlTokenKind.QuotedName or SqlTokenKind.String when Length >= 2 => text.Slice(Start + 1, Length - 2),
        SqlTokenKind.Parameter => text.Slice(Start + 1, Length - 1),
        _ => text.Slice(Start, Length),
    };
}

/// <summary>A growing list of tokens over a pooled array. Belongs to one call.</summary>
internal struct TokenBuffer(int capacity) : IDisposable
{
    private SqlToken[] _tokens = ArrayPool<SqlToken>.Shared.Rent(capacity);
    private int _count;

    public readonly ReadOnlySpan<SqlToken> Tokens => _tokens.AsSpan(0, _count);

    public void Add(SqlToken token)
    {
        if (_count == _tokens.Length)
        {
            Grow();
        }

        _tokens[_count++] = token;
    }

    private void Grow()
    {
        var larger = ArrayPool<SqlToken>.Shared.Rent(_count * 2);
        _tokens.AsSpan(0, _count).CopyTo(larger);
        Dispose();
        _tokens = larger;
    }

    // Cleared, because tokens refer to a vocabulary that may belong to a data source already disposed.
    public readonly void Dispose() => ArrayPool<SqlToken>.Shared.Return(_tokens, clearArray: true);
}
