using System.Text;
using Routing.Configuration;
using Routing.Providers.PostgreSql;
using Routing.Providers.SqlServer;
using Routing.Providers.Sqlite;

namespace Routing.UnitTests.Configuration;

public class EngineDocumentationTests
{
    private const string Begin = "<!-- keys:begin -->";
    private const string End = "<!-- keys:end -->";

    [Fact]
    public void The_PostgreSql_page_lists_the_keys() => Check("docs/engines/postgresql.md", new PostgreSqlConnectionStrings());

    [Fact]
    public void The_Sqlite_page_lists_the_keys() => Check("docs/engines/sqlite.md", new SqliteConnectionStrings());

    [Fact]
    public void The_SqlServer_page_lists_the_keys() => Check("docs/engines/sqlserver.md", SqlServerConnectionStrings.Rules);

    private static void Check(string path, ConnectionStringRules rules)
    {
        var page = File.ReadAllText(Snapshot.PathOf(path));
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);

        Snapshot.Check(path, page[..begin] + "\n" + Table(rules) + page[end..]);
    }

    private static string Table(ConnectionStringRules rules)
    {
        var table = new StringBuilder("| Key | What becomes of it | Notes |\n|---|---|---|\n");
        foreach (var row in rules.Keys)
        {
            var rule = row.Rule switch
            {
                KeyRule.PassedThrough => "passed through",
                KeyRule.Ours => "overridden",
                _ => "refused",
            };
            table.Append("| `").Append(row.Key).Append("` | ").Append(rule).Append(" | ").Append(char.ToUpperInvariant(row.Advice[0])).Append(row.Advice.AsSpan(1)).Append(". |\n");
        }

        return table.ToString();
    }
}
