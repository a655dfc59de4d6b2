using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.Sqlite;

/// <summary>How SQLite stores what .NET programs store.</summary>
internal static class SqliteTypes
{
    public static IReadOnlyDictionary<string, StoredAs> All { get; } = new Dictionary<string, StoredAs>(StringComparer.Ordinal)
    {
        ["bool"] = "integer",
        ["byte"] = "integer",
        ["sbyte"] = "integer",
        ["short"] = "integer",
        ["ushort"] = "integer",
        ["int"] = "integer",
        ["uint"] = "integer",
        ["long"] = "integer",
        ["ulong"] = "integer",
        ["ulong beyond long"] = StoredAs.Refused("integer", "SQLite's numbers are signed; cast to decimal"),
        ["decimal"] = "text",
        ["double"] = "real",
        ["float"] = "real",
        ["string"] = "text",
        ["char"] = "text",
        ["DateTime, unspecified"] = "text",
        ["DateTime, UTC"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, local"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = "text",
        ["DateTimeOffset, UTC"] = "text",
        ["DateTimeOffset, elsewhere"] = "text",
        ["DateOnly"] = "text",
        ["TimeOnly"] = "text",
        ["TimeSpan"] = "text",
        ["TimeSpan, beyond a day"] = "text",
        ["Guid"] = "text",
        ["byte[]"] = "blob",
        ["enum, by number"] = "integer",
        ["enum, by name"] = "text",
        ["JSON document"] = "text",
    };
}
