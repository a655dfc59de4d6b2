using System.Globalization;
using System.Text;
using Routing.Primitives;

namespace Routing.Statements;

/// <summary>Puts the pieces of a statement together, with a marker for each hole. Stateless.</summary>
internal static class SqlTextWriter
{
    /// <summary>Writes the pieces.</summary>
    /// <param name="pieces">The literals in order; null stands for a hole.</param>
    public static string Write(IReadOnlyList<string?> pieces)
    {
        var text = new StringBuilder();
        var holes = 0;
        var afterMarker = false;
        foreach (var piece in pieces)
        {
            if (piece is null)
            {
                if (text.Length > 0 && RunsInto(text[^1]))
                {
                    text.Append(' ');
                }

                text.Append(CultureInfo.InvariantCulture, $"@{PositionalValues.NameOf(holes++)}");
                afterMarker = true;
                continue;
            }

            // {limit}from would read as a parameter of another name, {row}.id too in Npgsql; {a}( as one of SQLite's Tcl variables.
            if (afterMarker && piece.Length > 0 && (SqlLexer.IsNamePart(piece[0]) || piece[0] is '(' or '.' or '@'))
            {
                text.Append(' ');
            }

            text.Append(piece);
            afterMarker = afterMarker && piece.Length == 0;
        }

        return text.ToString();
    }

    /// <summary>Whether a marker directly after this character would not be read as one (<c>limit@p0</c>, <c>&lt;@@p0</c>, <c>@p0@p1</c>).</summary>
    private static bool RunsInto(char last) => SqlLexer.IsNamePart(last) || last is '@' or ':' or '?' or '#' or '&' or '|' or '~' or '<' or '>' or '-' or '!';
}
