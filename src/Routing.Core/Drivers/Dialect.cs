using System.Text;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing;

/// <summary>
/// How one engine writes what the engines write differently, as pieces for interpolated statements:
/// <c>$"select id from {dialect.Name("orders")} order by id {dialect.Page(20, 10)}"</c>. The same calls mean the same on
/// every engine, except where the documentation of a member says otherwise. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// The base class writes what most engines have in common, and checks what all of them refuse. Nothing here quotes a value:
/// values always are parameters.
/// </remarks>
public abstract class Dialect
{
    /// <summary>For the providers of engines.</summary>
    protected Dialect()
    {
    }

    /// <summary>How long a name may be, in the unit of <see cref="LengthOf"/>. Longer ones are refused, because some servers cut them off without an error.</summary>
    public abstract int MaxNameLength { get; }

    /// <summary>How many parameters one statement can carry.</summary>
    public abstract int MaxParameters { get; }

    /// <summary>How many rows one <c>INSERT ... VALUES</c> can carry, whatever their parameters. Default: as many as one likes.</summary>
    public virtual int MaxRowsPerInsert => int.MaxValue;

    /// <summary>Whether a list is one parameter of an array type; else each of its elements is a parameter of its own. Default false.</summary>
    public virtual bool SupportsArrays => false;

    /// <summary>The literal of true, to be compared with a column of truth values. Default <c>true</c>.</summary>
    public virtual RawSql True => Sql.Raw("true");

    /// <summary>The literal of false. Default <c>false</c>.</summary>
    public virtual RawSql False => Sql.Raw("false");

    /// <summary>
    /// The moment at which the statement began by the server's clock, in UTC, with all the digits that the engine has. On PostgreSQL of the
    /// type <c>timestamptz</c>: store it in columns of that type.
    /// </summary>
    public abstract RawSql UtcNow { get; }

    /// <summary>Writes a name so that the engine takes it as it is, whatever characters it has: letters keep their case, words of SQL are names.</summary>
    /// <param name="name">One part: a table, a column, a schema.</param>
    /// <returns>Text, for statements that are put together by hand; for interpolated ones see <see cref="Name"/>.</returns>
    /// <exception cref="ArgumentException">The engine has no such names: it is empty, too long, or holds a character that the engine refuses (RTG0511).</exception>
    public string Quote(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (NameRules.RefusalOf(name, LengthOf(name), MaxNameLength, LengthUnit) is { } refusal || (refusal = RefusalOf(name)) is not null)
        {
            throw Unfit($"{NameRules.Shown(name)} cannot be the name of anything in {Engine}: {refusal}.");
        }

        return WriteQuoted(name);
    }

    /// <summary>Writes a name of one or several parts, each as by <see cref="Quote"/>: <c>Name("shop", "orders")</c>. How many parts mean something is the engine's.</summary>
    /// <param name="parts">The parts, the outermost first.</param>
    /// <exception cref="ArgumentException">There is no part, or one of them cannot be a name (RTG0511).</exception>
    public RawSql Name(params ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
        {
            throw Unfit($"A name has at least one part; none was given.");
        }

        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(text.Length == 0 ? "" : ".").Append(Quote(part));
        }

        return Sql.Raw(text.ToString());
    }

    /// <summary>Writes the marker of a parameter as the engine's driver reads it in a plain text.</summary>
    /// <param name="name">The parameter's name, without a marker: letters of ASCII, digits and underscores, no digit first.</param>
    /// <exception cref="ArgumentException">It is no such name (RTG0511).</exception>
    public string Parameter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return NameRules.IsParameter(name)
            ? ParameterMark + name
            : throw Unfit($"{NameRules.Shown(name)} cannot be the name of a parameter: allowed are letters of ASCII, digits and underscores, no digit first.");
    }

    /// <summary>How many rows of so many parameters one <c>INSERT ... VALUES</c> can carry; 0 when not even one.</summary>
    /// <param name="columns">The parameters of each row, at least 1.</param>
    public int RowsPerInsert(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return Math.Min(MaxRowsPerInsert, MaxParameters / columns);
    }

    /// <summary>Writes the end of an ordered query that skips rows and returns some of those that follow. SQL Server has it only behind an <c>order by</c>; without one no engine says which rows these are.</summary>
    /// <param name="skip">How many rows are left out, 0 or more.</param>
    /// <param name="take">How many rows follow at the most, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not in its range.</exception>
    public SqlFragment Page(long skip, int take)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(take, 1);
        return WritePage(skip, take);
    }

    /// <summary>
    /// Writes a condition that a column is one of the values; of no values it is false. Nulls match nothing and are left out. Where lists are not arrays, the number of
    /// parameters is rounded up by repeating the last one, so that few texts come about and plans are found again.
    /// </summary>
    /// <typeparam name="T">The values' type. Numbers of enums are compared, as with single values.</typeparam>
    /// <param name="column">The column, e.g. by <see cref="Name"/>, or another expression.</param>
    /// <param name="values">The values. They are copied.</param>
    /// <exception cref="ArgumentException">There are more values than a statement can carry parameters (RTG0511).</exception>
    public SqlFragment In<T>(RawSql column, IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var list = ListValues.Copy(values);
        if (!SupportsArrays && list.Length > MaxParameters)
        {
            throw Unfit($"A list of {list.Length} values does not fit into a statement of {Engine}, which carries at most {MaxParameters} parameters. Ask in several statements, or join a table.");
        }

        return SupportsArrays ? Sql.Format($"{column} = any({list})") : Sql.Format($"{column} in {list}");
    }

    /// <summary>
    /// Writes texts one after the other; null when one of them is null. Each must be a text: cast what is none.
    /// </summary>
    /// <param name="parts">Expressions: <c>Sql.Format($"name")</c>, <c>Sql.Format($"{value}")</c>. At least one.</param>
    public SqlFragment Concat(params ReadOnlySpan<SqlFragment> parts)
    {
        if (parts.IsEmpty)
        {
            throw Unfit($"There is nothing to concatenate; give at least one expression.");
        }

        foreach (var part in parts)
        {
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
        }

        return WriteConcat(parts.ToArray());
    }

    /// <summary>
    /// Writes an insert of one row that returns the key which the database made for it: run it by <c>ExecuteScalarAsync</c>. On SQL
    /// Server not for tables with triggers; on MySQL and MariaDB the key is the <c>AUTO_INCREMENT</c> column, whatever <paramref name="key"/> says.
    /// </summary>
    /// <param name="table">The table, e.g. by <see cref="Name"/>.</param>
    /// <param name="key">The column of the generated key.</param>
    /// <param name="columns">The columns that get values.</param>
    /// <param name="values">Their values, as many as there are columns.</param>
    /// <exception cref="ArgumentException">There are no columns, not as many values as columns, or a name that cannot be one (RTG0511).</exception>
    public SqlFragment InsertReturningKey(RawSql table, string key, IReadOnlyList<string> columns, params IReadOnlyList<object?> values)
    {
        var rows = RowsOfValues.Of(this, columns, [values]);
        return WriteInsertReturningKey(table, Quote(key), rows);
    }

    /// <summary>
    /// Writes a statement that inserts rows and, where a row of the same key is there, updates that row's other columns instead. With nothing
    /// but key columns it leaves such rows as they are. Atomic on every engine. The key must have a primary key or a unique constraint,
    /// its values must not be null, and no two of the rows may have the same. MySQL and MariaDB look at every unique key of the table, and count an updated
    /// row twice.
    /// </summary>
    /// <param name="table">The table, e.g. by <see cref="Name"/>.</param>
    /// <param name="key">The columns that tell rows apart; all of them among <paramref name="columns"/>.</param>
    /// <param name="columns">The columns that get values.</param>
    /// <param name="rows">The rows' values, each in the order of the columns; at most <see cref="RowsPerInsert"/>.</param>
    /// <exception cref="ArgumentException">Columns, key and rows do not fit together, or are more than a statement can carry (RTG0511).</exception>
    public SqlFragment Upsert(RawSql table, IReadOnlyList<string> key, IReadOnlyList<string> columns, params IReadOnlyList<IReadOnlyList<object?>> rows)
    {
        ArgumentNullException.ThrowIfNull(key);
        var values = RowsOfValues.Of(this, columns, rows);
        return WriteUpsert(table, values.WithKey(this, key));
    }

    /// <summary>
    /// What stands in a query to lock the rows that it returns until the end of the transaction. SQLite has no locks of rows: a transaction
    /// that writes is alone in any case, and nothing is written here.
    /// </summary>
    /// <param name="whenLocked">What happens to rows that another transaction has locked.</param>
    public abstract RowLock LockRows(WhenLocked whenLocked = WhenLocked.Wait);

    /// <summary>
    /// Writes an expression of the text at a path of a JSON document: a text as it is, a number or a truth value as JSON writes it, an object or an array
    /// as JSON whose spacing is the engine's, null for nothing and for JSON's null. SQL Server returns null for texts of more than 4,000 characters.
    /// </summary>
    /// <param name="document">The column or expression that holds the document.</param>
    /// <param name="path">The members' names from the outermost object on; at least one. Names with quotation marks, backslashes or control characters are refused.</param>
    /// <exception cref="ArgumentException">There is no name, or one that not every engine can look for (RTG0511).</exception>
    public SqlFragment JsonText(RawSql document, params ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            throw Unfit($"A path into a document has at least one name; none was given.");
        }

        foreach (var name in path)
        {
            ArgumentNullException.ThrowIfNull(name, nameof(path));
            if (!NameRules.IsMember(name))
            {
                throw Unfit($"{NameRules.Shown(name)} cannot stand in a path into a document: allowed are names that are not empty, without quotation marks, backslashes and control characters.");
            }
        }

        return WriteJsonText(document, path);
    }

    internal static ArgumentException Unfit(FormattableString message) => CodedErrors.Argument(ErrorCodes.NotInDialect, FormattableString.Invariant(message));

    /// <summary>The engine as errors name it.</summary>
    protected abstract string Engine { get; }

    /// <summary>What stands before a parameter's name in a text. Default <c>@</c>.</summary>
    protected virtual string ParameterMark => "@";

    /// <summary>Puts a name that the engine accepts into its quotes.</summary>
    /// <param name="name">The name.</param>
    protected virtual string WriteQuoted(string name) => Doubled('"', name, '"');

    /// <summary>What <see cref="MaxNameLength"/> counts, for errors. Default <c>characters</c>.</summary>
    protected virtual string LengthUnit => "characters";

    /// <summary>A name's length as <see cref="MaxNameLength"/> counts it. Default: UTF-16 code units.</summary>
    /// <param name="name">The name.</param>
    protected virtual int LengthOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length;
    }

    /// <summary>Why the engine has no such name, beyond what all of them refuse; null when it can have it. Default null.</summary>
    /// <param name="name">The name, which is not empty and well-formed.</param>
    protected virtual string? RefusalOf(string name) => null;

    /// <summary>Writes <see cref="Page"/>. Default: <c>limit</c> and <c>offset</c>.</summary>
    /// <param name="skip">0 or more.</param>
    /// <param name="take">1 or more.</param>
    protected virtual SqlFragment WritePage(long skip, int take) => skip == 0 ? Sql.Format($"limit {take}") : Sql.Format($"limit {take} offset {skip}");

    /// <summary>Writes <see cref="Concat"/>. Default: <c>(a || b)</c>.</summary>
    /// <param name="parts">At least one.</param>
    protected virtual SqlFragment WriteConcat(IReadOnlyList<SqlFragment> parts) => Sql.Format($"({Joined(parts, " || ")})");

    /// <summary>Writes <see cref="InsertReturningKey"/>. Default: <c>returning</c>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The key's column, quoted.</param>
    /// <param name="row">The columns and the values.</param>
    protected virtual SqlFragment WriteInsertReturningKey(RawSql table, string key, RowsOfValues row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Sql.Format($"{row.InsertInto(table)} returning {Sql.Raw(key)}");
    }

    /// <summary>Writes <see cref="Upsert"/>. Default: <c>on conflict</c>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The columns and the values.</param>
    protected virtual SqlFragment WriteUpsert(RawSql table, RowsOfValues rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var action = rows.Others.Count == 0 ? "nothing" : "update set " + string.Join(", ", rows.Others.Select(static column => $"{column} = excluded.{column}"));
        return Sql.Format($"{rows.InsertInto(table)} on conflict ({Sql.Raw(string.Join(", ", rows.Key))}) do {Sql.Raw(action)}");
    }

    /// <summary>Writes <see cref="JsonText"/>.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">At least one name, each checked.</param>
    protected abstract SqlFragment WriteJsonText(RawSql document, ReadOnlySpan<string> path);

    /// <summary>A path as SQL's JSON functions read it: <c>$."a"."b"</c>.</summary>
    /// <param name="path">Names that were checked.</param>
    protected static string JsonPath(ReadOnlySpan<string> path) => "$.\"" + string.Join("\".\"", path) + '"';

    /// <summary>Fragments with a text between them.</summary>
    /// <param name="parts">The fragments.</param>
    /// <param name="separator">The text.</param>
    protected static SqlFragment Joined(IReadOnlyList<SqlFragment> parts, string separator = ", ") => SqlFragment.Join(separator, parts);

    /// <summary>A name between two quotes, with the closing one doubled in it.</summary>
    /// <param name="open">The opening quote.</param>
    /// <param name="name">The name.</param>
    /// <param name="close">The closing quote.</param>
    protected static string Doubled(char open, string name, char close)
    {
        ArgumentNullException.ThrowIfNull(name);
        return string.Concat(open.ToString(), name.Replace(close.ToString(), new string(close, 2), StringComparison.Ordinal), close.ToString());
    }
}
