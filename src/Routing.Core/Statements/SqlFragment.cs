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

    internal SqlFragment(string?[] pieces, object?[] values)
    {
        Pieces = pieces;
        Values = values;
    }

    /// <summary>Whether it holds neither text nor values.</summary>
    public bool IsEmpty => Pieces.Length == 0;

    /// <summary>The text with its markers, without the values.</summary>
    public override string ToString() => Statements.SqlTextWriter.Write(Pieces);
}
