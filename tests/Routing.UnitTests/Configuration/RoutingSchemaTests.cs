using System.Text.Json.Nodes;
using Routing.Configuration;

namespace Routing.UnitTests.Configuration;

public class RoutingSchemaTests
{
    [Fact]
    public void The_committed_schema_is_the_generated_one() => Snapshot.Check("docs/schema/routing.schema.json", RoutingSchema.Generate());

    [Fact]
    public void The_schema_says_what_the_validator_checks()
    {
        var pool = JsonNode.Parse(RoutingSchema.Generate())!["definitions"]!["pool"]!;

        Assert.False((bool)pool["additionalProperties"]!);
        Assert.Equal(
            """{"description":"The most connections open at once (SQLite: readers; there is one writer besides), 1-10000. Default 32.","type":"integer","minimum":1,"maximum":10000,"default":32}""",
            pool["properties"]!["MaxSize"]!.ToJsonString());
    }
}
