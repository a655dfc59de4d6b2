using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Routing.Mappers;

/// <summary>
/// Turns the rows of one result into <typeparamref name="T"/> with Dapper's compiled readers, where the rows are not read
/// by Dapper itself. Single columns convert as Dapper's own queries convert them, but for <see cref="FieldValues"/>.
/// </summary>
internal readonly struct RowParser<T>
{
    private static readonly Type Target = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
    private static readonly bool TakesNull = !typeof(T).IsValueType || Nullable.GetUnderlyingType(typeof(T)) is not null;

    private static readonly Type? Single = FieldValues.Of(typeof(T));
    private static readonly MemberColumns? Members = MemberColumns.Of(typeof(T));

    private readonly DbDataReader _reader;
    private readonly Func<DbDataReader, object?> _parse;

    /// <param name="reader">On a result with columns; each row is parsed while it is on it.</param>
    public RowParser(DbDataReader reader)
    {
        _reader = Members is null ? reader : MemberReader.Over(reader, Members);
        if (HasShape)
        {
            QueryCacheGuard.Dapper.NoteShape(typeof(T), _reader);
        }

        _parse = _reader.GetRowParser(typeof(T));
    }

    /// <summary>Whether Dapper's own queries cannot be trusted with the type, so that its rows are always parsed here.</summary>
    public static bool IsNeeded => Single is not null || Members is not null;

    /// <summary>The same of a single value.</summary>
    public static bool IsValue => Single is not null;

    // Dapper compiles a reader for each shape of the rows of any type but these.
    private static bool HasShape => typeof(T) != typeof(object) && typeof(T) != typeof(string) && !typeof(T).IsPrimitive && !typeof(T).IsArray;

    public T Parse()
    {
        // By row: in SQLite each value has a type of its own.
        var raw = Single is not null && FieldValues.ReaderOf(Single, _reader.GetFieldType(0)) is { } read
            ? _reader.IsDBNull(0) ? null : read(_reader, 0)
            : _parse(_reader);
        return raw is T value ? value : Convert(_reader, raw);
    }

    private static T Convert(DbDataReader reader, object? value)
    {
        if (value is null && TakesNull)
        {
            return default!;
        }

        try
        {
            return (T)(ConvertDate(value) ?? System.Convert.ChangeType(value, Target, CultureInfo.InvariantCulture))!;
        }
        catch (Exception error)
        {
#pragma warning disable CS0618 // Dapper's own error text names the column, which no other way gives.
            SqlMapper.ThrowDataException(error, 0, reader, value);
#pragma warning restore CS0618
            throw;
        }
    }

    private static object? ConvertDate(object? value) => value switch
    {
        DateTime moment when Target == typeof(TimeOnly) => TimeOnly.FromDateTime(moment),
        DateOnly date when Target == typeof(DateTime) => date.ToDateTime(default),
        TimeOnly time when Target == typeof(TimeSpan) => time.ToTimeSpan(),
        _ => null,
    };
}
