using System.Data.Common;
using System.Globalization;
using Routing.Diagnostics;

namespace Routing.Providers.MySql;

/// <summary>
/// Reads moments, dates and times where MySql.Data's reader does not: its moments have no fraction of a second, and what is no moment is
/// the year 1 to it. The counterpart of <see cref="MySqlParameters"/>, which stores moments in UTC.
/// </summary>
internal static class MySqlMoments
{
    /// <exception cref="InvalidCastException">The column holds none.</exception>
    public static T Read<T>(DbDataReader reader, int ordinal)
    {
        var isNull = reader.IsDBNull(ordinal);
        var type = reader.GetDataTypeName(ordinal);
        object? value =
            isNull ? (object?)null
            : typeof(T) == typeof(TimeOnly) ? TimeOf(reader, ordinal, type)
            : typeof(T) == typeof(DateOnly) ? DateOf(reader, ordinal, type)
            : MomentOf(reader, ordinal, type);
        return value is T read ? read : throw CodedErrors.InvalidCast(
            ErrorCodes.UnreadableValue,
            $"Column '{reader.GetName(ordinal)}' is {(isNull ? "null" : "of the type " + type)}, which cannot be read as {typeof(T).Name}. docs/engines/types.md says which types hold it.");
    }

    // Whatever the value's kind: the server knows no offset, and what is stored is the time in UTC.
    private static DateTimeOffset? MomentOf(DbDataReader reader, int ordinal, string type) => type switch
    {
        "DATETIME" or "TIMESTAMP" or "DATE" => new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(ordinal), DateTimeKind.Unspecified), TimeSpan.Zero),
        _ when reader.GetFieldType(ordinal) == typeof(string) => ParseOf(reader.GetString(ordinal)),
        _ => null,
    };

    // A moment's time of day would be lost.
    private static DateOnly? DateOf(DbDataReader reader, int ordinal, string type) =>
        type == "DATE" ? DateOnly.FromDateTime(reader.GetDateTime(ordinal)) : null;

    private static TimeOnly? TimeOf(DbDataReader reader, int ordinal, string type) =>
        type == "TIME" && reader.GetFieldValue<TimeSpan>(ordinal) is { Ticks: >= 0 and < TimeSpan.TicksPerDay } time ? TimeOnly.FromTimeSpan(time) : null;

    private static DateTimeOffset? ParseOf(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}
