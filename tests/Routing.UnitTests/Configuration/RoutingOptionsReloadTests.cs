using Microsoft.Extensions.Configuration;
using Routing.Configuration;
using static Routing.UnitTests.Configuration.ConfigurationFixture;

namespace Routing.UnitTests.Configuration;

public class RoutingOptionsReloadTests
{
    private const string Path = "Routing:DataSources:orders";

    private static readonly string Before = """
        "a": { "ConnectionString": "Server=one;Password=hunter1", "Role": "Primary" },
        "b": { "ConnectionString": "Server=two" }
        """;

    [Fact]
    public void The_same_configuration_is_no_change()
    {
        var reload = Compare(Nodes(Before), Nodes(Before));

        Assert.Empty(reload.Live);
        Assert.Empty(reload.Refused);
    }

    [Fact]
    public void Weight_and_drain_change_live()
    {
        var reload = Compare(Nodes(Before), Nodes("""
            "a": { "ConnectionString": "Server=one;Password=hunter1", "Role": "Primary", "Drain": true },
            "b": { "ConnectionString": "Server=two", "Weight": 3 }
            """));

        Assert.Equal(
            [
                new OptionChange(Path + ":Nodes:a:Drain", OptionChangeKind.Node, "orders", "a", "changed from \"false\" to \"true\""),
                new OptionChange(Path + ":Nodes:b:Weight", OptionChangeKind.Node, "orders", "b", "changed from \"1\" to \"3\""),
            ],
            reload.Live);
        Assert.Empty(reload.Refused);
        Assert.True(reload.Effective.DataSources["orders"].Nodes["a"].Drain);
        Assert.Equal(3, reload.Effective.DataSources["orders"].Nodes["b"].Weight);
    }

    [Fact]
    public void Read_options_change_live()
    {
        var reload = Compare(Orders(""), Orders("""
            "Reads": { "Prefer": "Any", "MaxStaleness": "00:00:09", "Consistency": "Any", "Balance": "Random", "WhenNoReplica": "Fail" }
            """));

        Assert.Equal(
            ["Reads:Balance", "Reads:Consistency", "Reads:MaxStaleness", "Reads:Prefer", "Reads:WhenNoReplica"],
            reload.Live.Select(static c => c.Path[(Path.Length + 1)..]));
        Assert.All(reload.Live, static c => Assert.Equal((OptionChangeKind.Reads, (string?)null), (c.Kind, c.Node)));
        Assert.Equal("changed from \"00:00:05\" to \"00:00:09\"", reload.Live[2].Text);
        var reads = reload.Effective.DataSources["orders"].Reads;
        Assert.Equal((ReadPreference.Any, TimeSpan.FromSeconds(9), ConsistencyLevel.Any), (reads.Prefer, reads.MaxStaleness, reads.Consistency));
        Assert.Equal((BalancePolicy.Random, NoReplicaPolicy.Fail), (reads.Balance, reads.WhenNoReplica));
    }

    [Fact]
    public void What_concerns_the_process_needs_a_restart()
    {
        const string DataSources = """ "DataSources": { "orders": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=one" } } } } """;

        var reload = Compare(Json($$"""{ "Routing": { "MaxConnections": 9, {{DataSources}} } }"""), Json($$"""{ "Routing": { "Instances": 4, {{DataSources}} } }"""));

        Assert.Equal(
            [
                new OptionChange("Routing:Instances", OptionChangeKind.NeedsRestart, "", null, "changed from \"1\" to \"4\""),
                new OptionChange("Routing:MaxConnections", OptionChangeKind.NeedsRestart, "", null, "changed from \"9\" to \"0\""),
            ],
            reload.Refused);
        Assert.Equal((9, 1), (reload.Effective.MaxConnections, reload.Effective.Instances));
    }

    [Fact]
    public void A_new_node_is_added_live()
    {
        var reload = Compare(Nodes(Before), Nodes(Before + """
            , "c": { "ConnectionString": "Server=three", "Weight": 5 }
            """));

        Assert.Equal([new OptionChange(Path + ":Nodes:c", OptionChangeKind.NodeAdded, "orders", "c", "added")], reload.Live);
        Assert.Equal(("Server=three", 5), (reload.Effective.DataSources["orders"].Nodes["c"].Resolved, reload.Effective.DataSources["orders"].Nodes["c"].Weight));
    }

    [Fact]
    public void A_removed_node_drains_and_can_come_back()
    {
        var without = Nodes("""
            "a": { "ConnectionString": "Server=one;Password=hunter1", "Role": "Primary" }
            """);

        var removed = Compare(Nodes(Before), without);
        Assert.Equal([new OptionChange(Path + ":Nodes:b", OptionChangeKind.NodeRemoved, "orders", "b", "removed: the node drains")], removed.Live);
        Assert.True(removed.Effective.DataSources["orders"].Nodes["b"].Drain);

        var again = RoutingOptionsReload.Compare("Routing", removed.Effective, Load(without));
        Assert.Empty(again.Live);

        var back = RoutingOptionsReload.Compare("Routing", removed.Effective, Load(Nodes(Before)));
        Assert.Equal([new OptionChange(Path + ":Nodes:b:Drain", OptionChangeKind.Node, "orders", "b", "changed from \"true\" to \"false\"")], back.Live);
        Assert.False(back.Effective.DataSources["orders"].Nodes["b"].Drain);
    }

    [Fact]
    public void Everything_else_waits_for_a_restart()
    {
        var changed = Json("""
            { "Routing": { "DataSources": {
                "audit": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=five" } } },
                "orders": {
                  "Provider": "Other",
                  "Nodes": {
                    "a": { "ConnectionString": "Server=one;Password=hunter2", "Role": "Auto", "Zone": "z1", "Weight": 2 },
                    "b": { "ConnectionString": "Server=two" } },
                  "Pool": { "MaxSize": 5, "RentTimeout": "00:00:01.5" },
                  "Timeouts": { "Command": "00:00:10" } } } } }
            """);

        var reload = RoutingOptionsReload.Compare("Routing", Load(Nodes(Before)), Load(changed, Fake, new EngineRules("Other", new FakeRules())));

        Assert.Equal(
            [
                "Routing:DataSources:audit: added",
                Path + ":Nodes:a: the connection string changed (for passwords that change there is CredentialProvider)",
                Path + ":Nodes:a:Role: changed from \"Primary\" to \"Auto\"",
                Path + ":Nodes:a:Zone: changed from none to \"z1\"",
                Path + ":Pool:MaxSize: changed from \"32\" to \"5\"",
                Path + ":Pool:RentTimeout: changed from \"00:00:05\" to \"00:00:01.5\"",
                Path + ":Provider: changed from \"Fake\" to \"Other\"",
                Path + ":Timeouts:Command: changed from \"00:00:30\" to \"00:00:10\"",
            ],
            reload.Refused.Select(static c => c.Path + ": " + c.Text));
        Assert.Equal([Path + ":Nodes:a:Weight"], reload.Live.Select(static c => c.Path));
        var orders = reload.Effective.DataSources["orders"];
        Assert.Equal(["orders"], reload.Effective.DataSources.Keys);
        Assert.Equal(("Fake", 32, TimeSpan.FromSeconds(30)), (orders.Provider, orders.Pool.MaxSize, orders.Timeouts.Command));
        Assert.Equal(("Server=one;Password=hunter1", ConfiguredRole.Primary, (string?)null, 2), (orders.Nodes["a"].Resolved, orders.Nodes["a"].Role, orders.Nodes["a"].Zone, orders.Nodes["a"].Weight));
    }

    [Fact]
    public void A_removed_data_source_keeps_running()
    {
        var before = Json("""
            { "Routing": { "DataSources": {
                "orders": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=one" } } },
                "audit": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=two" } } } } } }
            """);

        var reload = Compare(before, Orders(""));

        Assert.Equal([new OptionChange("Routing:DataSources:audit", OptionChangeKind.NeedsRestart, "audit", null, "removed")], reload.Refused);
        Assert.Equal(["audit", "orders"], reload.Effective.DataSources.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_matters_is_the_connection_string_and_not_where_it_stands()
    {
        var reload = Compare(
            Nodes("""
                "a": { "ConnectionString": "Server=variable" }
                """),
            Nodes("""
                "a": { "ConnectionStringVariable": "SET" }
                """));

        Assert.Empty(reload.Live);
        Assert.Empty(reload.Refused);
    }

    [Fact]
    public void Comparing_changes_neither_side_and_keeps_what_code_set()
    {
        var running = Load(Nodes(Before));
        running.DataSources["orders"].OnPhysicalOpen = static (_, _) => default;
        running.DataSources["orders"].SetFeature("feature");
        var changed = Load(Nodes("""
            "a": { "ConnectionString": "Server=one;Password=hunter1", "Role": "Primary", "Weight": 9 }
            """));

        var orders = RoutingOptionsReload.Compare("Routing", running, changed).Effective.DataSources["orders"];

        Assert.Same(running.DataSources["orders"].OnPhysicalOpen, orders.OnPhysicalOpen);
        Assert.Equal("feature", orders.GetFeature<string>());
        Assert.Equal(1, running.DataSources["orders"].Nodes["a"].Weight);
        Assert.False(running.DataSources["orders"].Nodes["b"].Drain);
        Assert.Single(changed.DataSources["orders"].Nodes);
    }

    private static RoutingOptionsReload Compare(IConfigurationRoot before, IConfigurationRoot after) =>
        RoutingOptionsReload.Compare("Routing", Load(before), Load(after));
}
