using System.Text;
using System.Xml.Linq;
using Routing.Configuration;
using Routing.Providers.PostgreSql;
using Routing.Routes;

namespace Routing.UnitTests.Docs;

/// <summary>The tables of docs/guide/routing.md are what the classifier and the router say.</summary>
public sealed class RoutingPageTests
{
    private const string Page = "docs/guide/routing.md";

    private static readonly XmlDocumentation Docs = new(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")));

    private static readonly string[] Examples =
    [
        "select total from orders where id = $1",
        "with open as (select * from orders where not paid) select count(*) from open",
        "select now(), lower(customer) from orders",
        "explain select * from orders",
        "show work_mem",
        "select * from orders for update",
        "select nextval('orders_id_seq')",
        "select total_of(1)",
        "with gone as (delete from orders where paid returning *) select count(*) from gone",
        "explain analyze update orders set paid = true",
        "insert into orders (customer) values ('Ada') returning id",
        "call close_month()",
        "select 1; update orders set paid = true",
    ];

    [Fact]
    public void The_page_shows_how_statements_are_classified()
    {
        var table = new StringBuilder("| Statement | Class | Because |\n|---|---|---|\n");
        foreach (var text in Examples)
        {
            var statement = new PostgreSqlEngine().Classifier.Classify(text);
            table.Append("| `").Append(text).Append("` | ").Append(statement.Class).Append(" | ").Append(statement.Reason).Append(" |\n");
        }

        GeneratedPart.Check(Page, "classes", table.ToString());
    }

    [Fact]
    public void The_page_has_every_reason_for_a_node() => GeneratedPart.Check(Page, "reasons", TableOf<RouteReason>());

    [Fact]
    public void The_page_has_every_reason_against_a_node() => GeneratedPart.Check(Page, "exclusions", TableOf<Exclusion>());

    private static string TableOf<TEnum>()
        where TEnum : struct, Enum
    {
        var table = new StringBuilder($"| {(typeof(TEnum) == typeof(Exclusion) ? "Exclusion" : "Reason")} | Meaning |\n|---|---|\n");
        foreach (var name in Enum.GetNames<TEnum>())
        {
            table.Append("| `").Append(name).Append("` | ").Append(Docs.OfField(typeof(TEnum), name)).Append(" |\n");
        }

        return table.ToString();
    }
}
