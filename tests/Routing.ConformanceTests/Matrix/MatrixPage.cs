using System.Globalization;
using Routing.ConformanceTests.SqlServer;
using Routing.UnitTests.Docs;

namespace Routing.ConformanceTests.Matrix;

/// <summary>
/// The table of docs/engines/conformance.md: how many tests of each suite passed on each engine. A run writes the cells of the classes that
/// it ran to their end, and leaves the others; a run of everything writes all of them.
/// </summary>
internal static class MatrixPage
{
    public const string Page = "docs/engines/conformance.md";

    public const string Part = "matrix";
    private const string SqlServer = "SqlServer";

    private static readonly (string Engine, string Title)[] Columns =
    [
        ("Sqlite", "SQLite"), ("PostgreSql", "PostgreSQL"), ("MySql", "MariaDB"), (SqlServer, "SQL Server (protocol server)"),
    ];

    public static IEnumerable<string> Engines => Columns.Select(static column => column.Engine);

    /// <summary>The page as it is when each test there is has passed.</summary>
    public static string Expected() => Render(static (_, _, tests) => CellOf(tests, tests));

    /// <summary>Writes what a run found, by the full name of the class.</summary>
    public static void Write(IReadOnlyDictionary<string, (int Passed, int Run)> results)
    {
        var known = ReadCells();
        GeneratedPart.Write(Page, Part, Render((suite, column, tests) =>
        {
            var name = SuiteCatalog.ClassesOf(suite, Columns[column].Engine)[0].FullName!;
            return results.TryGetValue(name, out var result) && result.Run == tests && !IsElsewhere(Columns[column].Engine)
                ? CellOf(result.Passed, tests)
                : known.GetValueOrDefault((SuiteCatalog.TitleOf(suite), column), "not run");
        }));
    }

    /// <summary>The column is the protocol server's; what a real server said belongs on a page of its own.</summary>
    private static bool IsElsewhere(string engine) => engine == SqlServer && SqlServerTarget.IsNamed;

    private static string CellOf(int passed, int tests) =>
        passed == tests ? passed.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{passed} of {tests}");

    private static string Render(Func<Type, int, int, string> cell)
    {
        var reasons = new List<string>();
        var rows = SuiteCatalog.Suites.Select(suite => $"| {SuiteCatalog.TitleOf(suite)} | {string.Join(" | ", Columns.Select((_, column) => CellOrReason(suite, column, cell, reasons)))} |").ToList();
        var head = $"| Suite | {string.Join(" | ", Columns.Select(static column => column.Title))} |\n|-|{string.Concat(Columns.Select(static _ => "-:|"))}";
        return $"{head}\n{string.Join('\n', rows)}\n\n{string.Join('\n', reasons)}\n";
    }

    private static string CellOrReason(Type suite, int column, Func<Type, int, int, string> cell, List<string> reasons)
    {
        var (engine, title) = Columns[column];
        if (SuiteCatalog.OmissionsOf(engine).FirstOrDefault(omission => omission.Suite == suite) is { } omission)
        {
            reasons.Add($"{reasons.Count + 1}. {SuiteCatalog.TitleOf(suite)} on {title}: {omission.Reason}");
            return $"none ({reasons.Count})";
        }

        return SuiteCatalog.ClassesOf(suite, engine) is [var tests] ? cell(suite, column, SuiteCatalog.CountOf(tests)) : "missing";
    }

    private static Dictionary<(string Suite, int Column), string> ReadCells()
    {
        var cells = new Dictionary<(string Suite, int Column), string>();
        foreach (var line in GeneratedPart.Read(Page, Part).Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            var words = line.Trim('|', ' ').Split(" | ");
            for (var i = 1; i < words.Length; i++)
            {
                cells[(words[0], i - 1)] = words[i];
            }
        }

        return cells;
    }
}
