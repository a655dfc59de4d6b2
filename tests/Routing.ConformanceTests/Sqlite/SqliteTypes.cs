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
        ["ulong beyond long"] = new("integer") { Note = "stored as the signed number of the same bits; as a member or by GetFieldValue", MapperReads = false, ScalarReads = false },
        ["decimal"] = "text",
        ["double"] = "real",
        ["float"] = "real",
        ["string"] = "text",
        ["char"] = "text",
        ["DateTime, unspecified"] = "text",
        ["DateTime, UTC"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, local"] = new("text") { Note = "comes back without its kind", ComesBackAs = static value => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified) },
        ["DateTime, 100 ns"] = "text",
        ["DateTimeOffset, UTC"] = new("text") { Note = "by GetFieldValue; the verbs read it as string", MapperReads = false, MemberReads = false, ScalarReads = false },
        ["DateTimeOffset, elsewhere"] = new("text") { Note = "by GetFieldValue; the verbs read it as string", MapperReads = false, MemberReads = false, ScalarReads = false },
        ["DateOnly"] = new("text") { Note = "ExecuteScalar reads it as string", ScalarReads = false },
        ["TimeOnly"] = new("text") { Note = "ExecuteScalar reads it as string", ScalarReads = false },
        ["TimeSpan"] = new("text") { Note = "by GetFieldValue; the verbs read it as string", MapperReads = false, MemberReads = false, ScalarReads = false },
        ["TimeSpan, beyond a day"] = new("text") { Note = "by GetFieldValue; the verbs read it as string", MapperReads = false, MemberReads = false, ScalarReads = false },
        ["Guid"] = new("text") { Note = "by GetFieldValue; the verbs read it as string", MapperReads = false, MemberReads = false, ScalarReads = false },
        ["byte[]"] = "blob",
        ["enum, by number"] = "integer",
        ["enum, by name"] = "text",
        ["JSON document"] = "text",
    };
}
