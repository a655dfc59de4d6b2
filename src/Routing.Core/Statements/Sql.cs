namespace Routing;

/// <summary>
/// Pieces of SQL for interpolated statements. In <c>$"select * from orders where id = {id}"</c> every hole is a
/// parameter, whatever its type; these are the two ways to put more than a value into one.
/// </summary>
public static class Sql
{
    /// <summary>A fragment without text and values: for a condition that does not apply.</summary>
    public static SqlFragment Empty { get; } = new([], [], isLiteral: true);

    /// <summary>
    /// Marks a text as SQL, to be put into a statement as it is. <b>Never give it text from outside</b>: this is the only
    /// way by which a string becomes part of a statement.
    /// </summary>
    /// <param name="text">The SQL: a name, a direction, a hint.</param>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    public static RawSql Raw(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new RawSql(text);
    }

    /// <summary>
    /// Makes a fragment, to be put into a hole of a statement or of another fragment:
    /// <c>var recent = Sql.Format($"and created_at > {since}");</c>
    /// </summary>
    /// <param name="sql">The text; its holes become parameters.</param>
    public static SqlFragment Format(SqlText sql) => sql.TakeFragment();
}
