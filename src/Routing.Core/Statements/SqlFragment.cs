namespace Routing;

/// <summary>
/// A part of a statement with its values, made by <see cref="Sql.Format"/>, to be put into a hole of another. Its
/// parameters are numbered anew wherever it goes, so the same fragment may be used many times. Immutable, thread-safe as
/// far as its values are.
/// </summary>
public sealed class SqlFragment
{
    /// <summary>The literal pieces in order; null stands for a hole.</summary>
    internal readonly string?[] Pieces;

    /// <summary>The values of the holes, in order.</summary>
    internal readonly object?[] Values;

    /// <summary>Whether every piece is a literal of a program, and so the same object at each call.</summary>
    internal readonly bool IsLiteral;

    internal SqlFragment(string?[] pieces, object?[] values, bool isLiteral)
    {
        Pieces = pieces;
        Values = values;
        IsLiteral = isLiteral;
    }

    /// <summary>Whether it holds neither text nor values.</summary>
    public bool IsEmpty => Pieces.Length == 0;

    /// <summary>One behind the other, with a text between them. Not nested calls of <see cref="Sql.Format"/>, which would copy the first ones again for each.</summary>
    internal static SqlFragment Join(string separator, IReadOnlyList<SqlFragment> parts)
    {
        var pieces = new List<string?>();
        var values = new List<object?>();
        var isLiteral = true;
        foreach (var part in parts)
        {
            if (pieces.Count > 0)
            {
                pieces.Add(separator);
            }

            pieces.AddRange(part.Pieces);
            values.AddRange(part.Values);
            isLiteral &= part.IsLiteral;
        }

        return new SqlFragment([.. pieces], [.. values], isLiteral);
    }

    /// <summary>The text with its markers, without the values.</summary>
    public override string ToString() => Statements.SqlTextWriter.Write(Pieces);
}
