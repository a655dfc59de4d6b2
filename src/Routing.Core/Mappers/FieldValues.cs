using System.Collections.Frozen;
using System.Data.Common;
using Dapper;
using Routing.Diagnostics;

namespace Routing.Mappers;

/// <summary>
/// Types that Dapper cannot make of what some readers show: SQLite has texts for them, the moments of PostgreSQL, MySQL and MariaDB look
/// like a <see cref="DateTime"/>, and so do dates to a constructor. Every driver's <c>GetFieldValue</c> can, so it is asked. Immutable; thread-safe.
/// </summary>
internal static class FieldValues
{
    private static readonly FrozenDictionary<Type, Func<DbDataReader, int, object>> Readers = new Dictionary<Type, Func<DbDataReader, int, object>>
    {
        [typeof(Guid)] = static (reader, ordinal) => Read<Guid>(reader, ordinal),
        [typeof(DateTimeOffset)] = static (reader, ordinal) => Read<DateTimeOffset>(reader, ordinal),
        [typeof(TimeSpan)] = static (reader, ordinal) => Read<TimeSpan>(reader, ordinal),
        [typeof(DateOnly)] = static (reader, ordinal) => Read<DateOnly>(reader, ordinal),
        [typeof(TimeOnly)] = static (reader, ordinal) => Read<TimeOnly>(reader, ordinal),
    }.ToFrozenDictionary();

    /// <summary>The type without <c>Nullable</c> where it is one of these; else null.</summary>
    public static Type? Of(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return Readers.ContainsKey(plain) ? plain : null;
    }

    /// <summary>
    /// How a value of one of these types is read from a column; null where Dapper does it right, or the application has told Dapper how. A
    /// column that is null in SQLite's first row looks like bytes.
    /// </summary>
    public static Func<DbDataReader, int, object>? ReaderOf(Type type, Type column) =>
        IsConverted(type, column) && !SqlMapper.HasTypeHandler(type) ? Readers[type] : null;

    private static bool IsConverted(Type type, Type column) =>
        column == typeof(string) || column == typeof(byte[])
        || (column == typeof(DateTime) && (type == typeof(DateTimeOffset) || type == typeof(DateOnly)))
        || (column == typeof(TimeSpan) && type == typeof(TimeOnly));

    private static object Read<T>(DbDataReader reader, int ordinal)
    {
        try
        {
            // A moment's date and a span's time of day are given for whoever asks for them, as Dapper does.
            return typeof(T) == typeof(DateOnly) && reader.GetFieldType(ordinal) == typeof(DateTime) ? (object)DateOnly.FromDateTime(reader.GetDateTime(ordinal))
                : typeof(T) == typeof(TimeOnly) && reader.GetFieldType(ordinal) == typeof(TimeSpan) ? TimeOnly.FromTimeSpan(reader.GetFieldValue<TimeSpan>(ordinal))
                : reader.GetFieldValue<T>(ordinal)!;
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            throw CodedErrors.Data(
                ErrorCodes.UnreadableValue,
                $"Column '{reader.GetName(ordinal)}' holds a {reader.GetFieldType(ordinal).Name} that cannot be read as {typeof(T).Name}. docs/engines/types.md says what each engine stores.",
                error);
        }
    }
}
