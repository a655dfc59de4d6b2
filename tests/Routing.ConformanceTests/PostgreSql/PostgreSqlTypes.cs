using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.PostgreSql;

/// <summary>How PostgreSQL stores what .NET programs store.</summary>
internal static class PostgreSqlTypes
{
    public static IReadOnlyDictionary<string, StoredAs> All { get; } = new Dictionary<string, StoredAs>(StringComparer.Ordinal)
    {
        ["bool"] = "boolean",
        ["byte"] = "smallint",
        ["sbyte"] = StoredAs.Refused("smallint", "Npgsql has no signed bytes; cast to short", "SByte"),
        ["short"] = "smallint",
        ["ushort"] = StoredAs.Refused("integer", "Npgsql has no unsigned parameters; cast to int", "UInt16"),
        ["int"] = "integer",
        ["uint"] = StoredAs.Refused("bigint", "Npgsql has no unsigned parameters; cast to long", "UInt32"),
        ["long"] = "bigint",
        ["ulong"] = StoredAs.Refused("numeric(20)", "Npgsql has no unsigned parameters; cast to decimal", "UInt64"),
        ["ulong beyond long"] = StoredAs.Refused("numeric(20)", "Npgsql has no unsigned parameters; cast to decimal", "UInt64"),
        ["decimal"] = "numeric",
        ["double"] = "double precision",
        ["float"] = "real",
        ["string"] = "text",
        ["char"] = "text",
        ["DateTime, unspecified"] = "timestamp",
        ["DateTime, UTC"] = "timestamptz",
        ["DateTime, local"] = new("timestamp") { Note = "comes back without its kind; into timestamptz give UTC", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = new("timestamp") { Note = "microseconds: finer digits are cut off", ComesBackAs = static value => ((DateTime)value).AddTicks(-(((DateTime)value).Ticks % 10)), IsComparable = false },
        ["DateTimeOffset, UTC"] = "timestamptz",
        ["DateTimeOffset, elsewhere"] = StoredAs.Refused("timestamptz", "Npgsql takes UTC only; use ToUniversalTime", "DateTimeOffset with Offset"),
        ["DateOnly"] = "date",
        ["TimeOnly"] = "time",
        ["TimeSpan"] = "interval",
        ["TimeSpan, beyond a day"] = "interval",
        ["Guid"] = "uuid",
        ["byte[]"] = "bytea",
        ["enum, by number"] = "integer",
        ["enum, by name"] = "text",
        ["JSON document"] = new("jsonb") { Note = "compared and ordered as jsonb; a text parameter is cast", Written = static value => Sql.Format($"cast({value} as jsonb)") },
    };
}
