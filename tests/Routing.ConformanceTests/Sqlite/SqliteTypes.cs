using Routing.ConformanceTests.Types;

namespace Routing.ConformanceTests.Sqlite;

/// <summary>How SQLite stores what .NET programs store.</summary>
internal static class SqliteTypes
{
    private const string NotByDapper = "Dapper's own queries read it as string only";

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
        ["ulong beyond long"] = new("integer") { Note = "stored as the signed number of the same bits; as a member or by GetFieldValue", Unread = ReadBy.Row | ReadBy.Scalar },
        ["decimal"] = "text",
        ["double"] = "real",
        ["float"] = "real",
        ["string"] = "text",
        ["char"] = "text",
        ["DateTime, unspecified"] = "text",
        ["DateTime, UTC"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, local"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = "text",
        ["DateTimeOffset, UTC"] = new("text") { Note = NotByDapper, Unread = ReadBy.Dapper },
        ["DateTimeOffset, elsewhere"] = new("text") { Note = NotByDapper, Unread = ReadBy.Dapper },
        ["DateOnly"] = "text",
        ["TimeOnly"] = "text",
        ["TimeSpan"] = new("text") { Note = NotByDapper, Unread = ReadBy.Dapper },
        ["TimeSpan, beyond a day"] = new("text") { Note = NotByDapper, Unread = ReadBy.Dapper },
        ["Guid"] = new("text") { Note = NotByDapper, Unread = ReadBy.Dapper },
        ["byte[]"] = "blob",
        ["enum, by number"] = "integer",
        ["enum, by name"] = "text",
        ["JSON document"] = "text",
    };
}
