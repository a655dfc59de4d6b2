using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Routing.Mappers;

/// <summary>
/// Turns the rows of one result into <typeparamref name="T"/> with Dapper's compiled readers, where the rows are not read
/// by Dapper itself. Single columns convert as Dapper's own queries convert them.
/// </summary>
internal readonly struct RowParser<T>
{
    private static readonly Type Target = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
    private static readonly bool TakesNull = !typeof(T).IsValueType || Nullable.GetUnderlyingType(typeof(T)) is not null;

    private readonly Func<DbDataReader, object?> _parse;

    public RowParser(DbDataReader reader)
    {
        if (HasShape)
        {
            QueryCacheGuard.Dapper.NoteShape(typeof(T), reader);
        }

        _parse = reader.GetRowParser(typeof(T));
    }

    // Dapper compiles a reader for each shape of the rows of any type but these.
    private static bool HasShape => typeof(T) != typeof(object) && typeof(T) != typeof(string) && !typeof(T).IsPrimitive && !typeof(T).IsArray;

    public T Parse(DbDataReader reader)
    {
        var raw = _parse(reader);
        return raw is T value ? value : Convert(reader, raw);
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
        DateTime moment when Target == typeof(DateOnly) => DateOnly.FromDateTime(moment),
        DateTime moment when Target == typeof(TimeOnly) => TimeOnly.FromDateTime(moment),
        TimeSpan time when Target == typeof(TimeOnly) => TimeOnly.FromTimeSpan(time),
        DateOnly date when Target == typeof(DateTime) => date.ToDateTime(default),
        TimeOnly time when Target == typeof(TimeSpan) => time.ToTimeSpan(),
        _ => null,
    };
}
