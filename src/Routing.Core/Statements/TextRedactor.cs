using System.Text;

namespace Routing.Statements;

/// <summary>
/// Writes a text without what may be somebody's data: every string and number becomes <c>?</c>, comments and line breaks
/// become one blank. Names, keywords and parameters stay, so that the text still tells which statement it was.
/// </summary>
internal static class TextRedactor
{
    /// <summary>Null when the text cannot be read to its end with certainty: what is a literal is then a guess.</summary>
    public static string? Redact(string text, SqlSyntax syntax, SqlVocabulary vocabulary)
    {
        var lexer = new SqlLexer(text, syntax, vocabulary);
        var redacted = new StringBuilder(text.Length);
        var before = default(SqlToken);
        var isFirst = true;
        while (lexer.Next(out var token))
        {
            if (!isFirst && token.Start > before.Start + before.Length)
            {
                redacted.Append(' ');
            }

            if (IsLiteral(text, token, isFirst ? null : before, syntax))
            {
                redacted.Append('?');
            }
            else
            {
                redacted.Append(token.Of(text));
            }

            before = token;
            isFirst = false;
        }

        return lexer.Problem is null ? redacted.ToString() : null;
    }

    private static bool IsLiteral(ReadOnlySpan<char> text, SqlToken token, SqlToken? before, SqlSyntax syntax) => token.Kind switch
    {
        SqlTokenKind.String or SqlTokenKind.Number => true,
        SqlTokenKind.QuotedName or SqlTokenKind.EscapedName => syntax.QuotedNamesMayBeStrings && text[token.Start] == '"' && !MustBeName(text, token, before),
        _ => false,
    };

    // SQLite takes "x" for a string where no column of that name is in reach; after these it can only be a name.
    private static bool MustBeName(ReadOnlySpan<char> text, SqlToken token, SqlToken? before)
    {
        var end = token.Start + token.Length;
        if ((end < text.Length && text[end] == '.') || before is not { } previous)
        {
            return true;
        }

        return previous.Kind == SqlTokenKind.Dot
            || previous.Word?.Role is WordRole.From or WordRole.Into or WordRole.Update or WordRole.Table
            || (previous.Kind == SqlTokenKind.Word && (SqlVocabulary.EqualsAscii(previous.Of(text), "join") || SqlVocabulary.EqualsAscii(previous.Of(text), "as")));
    }
}
