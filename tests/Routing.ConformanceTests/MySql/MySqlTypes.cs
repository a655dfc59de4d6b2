using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.MySql;

/// <summary>How MariaDB stores what .NET programs store.</summary>
internal static class MySqlTypes
{
    public static IReadOnlyDictionary<string, StoredAs> All { get; } = new Dictionary<string, StoredAs>(StringComparer.Ordinal)
    {
        ["bool"] = "boolean",
        ["byte"] = "tinyint unsigned",
        ["sbyte"] = "tinyint",
        ["short"] = "smallint",
        ["ushort"] = "smallint unsigned",
        ["int"] = "int",
        ["uint"] = "int unsigned",
        ["long"] = "bigint",
        ["ulong"] = "bigint unsigned",
        ["ulong beyond long"] = "bigint unsigned",
        ["decimal"] = "decimal(30, 10)",
        ["double"] = "double",
        ["float"] = "double",
        ["string"] = "longtext",
        ["char"] = "varchar(1)",
        ["DateTime, unspecified"] = "datetime(6)",
        ["DateTime, UTC"] = new("datetime(6)") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, local"] = new("datetime(6)") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = new("datetime(6)") { Note = "microseconds: finer digits are cut off", ComesBackAs = static value => ((DateTime)value).AddTicks(-(((DateTime)value).Ticks % 10)), IsComparable = false },
        ["DateTimeOffset, UTC"] = Moment("stored in UTC; Dapper's own queries make it a local time: read DateTime there"),
        ["DateTimeOffset, elsewhere"] = Moment("stored in UTC, without the offset; by Dapper as above"),
        ["DateOnly"] = "date",
        ["TimeOnly"] = "time(6)",
        ["TimeSpan"] = "time(6)",
        ["TimeSpan, beyond a day"] = "time(6)",
        ["Guid"] = "char(36)",
        ["byte[]"] = "longblob",
        ["enum, by number"] = "int",
        ["enum, by name"] = "varchar(20)",
        ["JSON document"] = "json",
    };

    private static StoredAs Moment(string note) => new("datetime(6)")
    {
        Note = note,
        ComesBackAs = static value => ((DateTimeOffset)value).ToUniversalTime(),
        DapperReadsAs = static value => new DateTimeOffset(DateTime.SpecifyKind(((DateTimeOffset)value).UtcDateTime, DateTimeKind.Local)),
    };
}
