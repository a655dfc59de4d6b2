using System.Data.Common;
using Routing.Providers.MySql;

namespace Routing.ConformanceTests.MySql;

/// <summary>Where the driver does not do what ADO.NET says, and what the routed connection does there; see docs/engines/mariadb.md.</summary>
internal static class MySqlDeviations
{
    private static readonly IReadOnlyDictionary<string, string?> None = new Dictionary<string, string?>(StringComparer.Ordinal);

    private static readonly IReadOnlyDictionary<string, string?> OfMySqlData = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        // An open tells of Connecting first, and then of Open as if it had been open before.
        ["event: \"Closed to Connecting\""] = null,
        ["event: \"Open to Open\""] = "event: \"Closed to Open\"",
        ["event: \"Connecting to Closed\""] = null,

        // A command does not look for its connection before it uses it, a prepare not at its token, and a collection of parameters takes
        // what is none for an error of the database.
        ["closed: ! NullReferenceException"] = "closed: ! invalid operation",
        ["token, prepare: \"done\""] = "token, prepare: ! cancelled",
        ["no parameter: ! MySqlException  lasting"] = "no parameter: ! InvalidCastException",

        // Its transactions have no savepoints.
        ["savepoints: False (Boolean)"] = "savepoints: True (Boolean)",
        ["savepoint: ! not supported"] = "savepoint: \"done\"",
        ["no such savepoint: ! not supported"] = "no such savepoint: ! MySqlException  lasting",
        ["back to it: ! not supported"] = "back to it: \"done\"",
        ["savepoint without a name: ! not supported"] = "savepoint without a name: ! argument",
        ["savepoint after the end: ! not supported"] = "savepoint after the end: ! invalid operation",

        // An isolation level that there is not is a wrong argument on every engine.
        ["chaos: ! not supported"] = "chaos: ! argument",

        // A transaction is not disposed of under a reader.
        ["T: ! MySqlException  lasting"] = "T: \"done\"",
        ["read: ! MySqlException  lasting"] = "read: ! invalid operation",
    }.Concat(ClosedReaders()).Concat(Moments()).ToDictionary(StringComparer.Ordinal);

    /// <summary>Those of a driver.</summary>
    /// <param name="factory">The driver's factory.</param>
    public static IReadOnlyDictionary<string, string?> Of(DbProviderFactory factory) => new MySqlClient(factory).Name == "MySql.Data" ? OfMySqlData : None;

    /// <summary>What is no moment is one of the year 1, and 1.5 the fifth of January.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Moments() =>
        from column in Enumerable.Range(0, 8)
        from moment in (string[])["01/01/0001", $"01/05/{TimeProvider.System.GetUtcNow():yyyy}"]
        let getter = $"{column} GetFieldValue<DateTimeOffset>: "
        select KeyValuePair.Create<string, string?>($"{getter}{moment} 00:00:00 +00:00 (DateTimeOffset)", getter + "! InvalidCastException");

    /// <summary>A closed reader answers some questions, and other errors than InvalidOperationException are thrown for the rest.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> ClosedReaders() =>
        from closed in (string[])["closed", "disposed", "under it", "opened again"]
        from answer in (string[])["fields: 0 (Int32)", "name: ! Exception", "value: ! Exception", "stream: ! argument", "read: ! MySqlException  lasting", "next result: ! MySqlException  lasting"]
        select KeyValuePair.Create<string, string?>($"{closed}, {answer}", $"{closed}, {answer.Split(':')[0]}: ! invalid operation");
}
