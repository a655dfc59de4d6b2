using Routing.Statements;

namespace Routing.Testing.Statements;

/// <summary>Counts a text's statements as the library does.</summary>
public static class LexedStatements
{
    /// <summary>How many statements the text has that are not empty; null when it is refused as unreadable.</summary>
    /// <param name="text">The text.</param>
    /// <param name="syntax">The engine's.</param>
    /// <param name="vocabulary">The engine's, part of a classifier already.</param>
    public static int? Count(string text, SqlSyntax syntax, SqlVocabulary vocabulary)
    {
        var tokens = new List<SqlToken>();
        var lexer = new SqlLexer(text, syntax, vocabulary);
        while (lexer.Next(out var token))
        {
            tokens.Add(token);
        }

        if (lexer.Problem is not null)
        {
            return null;
        }

        var count = 0;
        var splitter = new StatementSplitter(text, tokens.ToArray());
        while (splitter.Next(out _))
        {
            count++;
        }

        return count;
    }
}
