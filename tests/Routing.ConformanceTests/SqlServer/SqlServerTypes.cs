using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.SqlServer;

/// <summary>How SQL Server stores what .NET programs store.</summary>
internal static class SqlServerTypes
{
    public static IReadOnlyDictionary<string, StoredAs> All { get; } = new Dictionary<string, StoredAs>(StringComparer.Ordinal)
    {
        ["bool"] = "bit",
        ["byte"] = "tinyint",
        ["sbyte"] = StoredAs.Refused("smallint", "SqlClient has no signed bytes; cast to short", "SByte"),
        ["short"] = "smallint",
        ["ushort"] = StoredAs.Refused("int", "SqlClient has no unsigned parameters; cast to int", "UInt16"),
        ["int"] = "int",
        ["uint"] = StoredAs.Refused("bigint", "SqlClient has no unsigned parameters; cast to long", "UInt32"),
        ["long"] = "bigint",
        ["ulong"] = StoredAs.Refused("decimal(20, 0)", "SqlClient has no unsigned parameters; cast to decimal", "UInt64"),
        ["ulong beyond long"] = StoredAs.Refused("decimal(20, 0)", "SqlClient has no unsigned parameters; cast to decimal", "UInt64"),
        ["decimal"] = "decimal(28, 6)",
        ["double"] = "float",
        ["float"] = "real",
        ["string"] = "nvarchar(max)",
        ["char"] = new("nchar(1)") { Note = "by the verbs; SqlClient's reader gives a string", Unread = ReadBy.Reader },
        ["DateTime, unspecified"] = "datetime2",
        ["DateTime, UTC"] = new("datetime2") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, local"] = new("datetime2") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = "datetime2",
        ["DateTimeOffset, UTC"] = "datetimeoffset",
        ["DateTimeOffset, elsewhere"] = "datetimeoffset",
        ["DateOnly"] = "date",
        ["TimeOnly"] = "time",
        ["TimeSpan"] = "time",
        ["TimeSpan, beyond a day"] = StoredAs.Refused("time", "a time of day; store ticks as bigint", "1.06:00:00"),
        ["Guid"] = "uniqueidentifier",
        ["byte[]"] = "varbinary(max)",
        ["enum, by number"] = "int",
        ["enum, by name"] = "nvarchar(20)",
        ["JSON document"] = "nvarchar(max)",
    };
}
