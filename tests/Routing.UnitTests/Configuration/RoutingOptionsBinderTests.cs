using Microsoft.Extensions.Configuration;
using Routing.Configuration;
using static Routing.UnitTests.Configuration.ConfigurationFixture;

namespace Routing.UnitTests.Configuration;

public class RoutingOptionsBinderTests
{
    [Fact]
    public void Every_setting_is_bound()
    {
        var options = Load(Json("""
            { "Routing": { "DataSources": { "orders": {
                "Provider": "Fake",
                "Nodes": {
                  "a": { "ConnectionString": "Server=one", "Role": "primary", "Weight": 3, "Zone": "z1", "Drain": true },
                  "b": { "ConnectionStringVariable": "SET" } },
                "Pool": { "MaxSize": 7, "MinIdle": "2", "RentTimeout": "00:00:00.5", "MaxLifetime": "1.00:00:00", "MaxIdleTime": "00:00:00", "ValidateAfter": "00:01:00", "Reset": "never" },
                "Timeouts": { "Connect": "00:00:03", "Command": "00:00:00", "Cancel": "00:00:04" },
                "Reads": { "Prefer": "Any", "MaxStaleness": "00:00:07", "Consistency": "Any", "Balance": "Random", "WhenNoReplica": "Fail" } } } } }
            """));

        var orders = options.DataSources["ORDERS"];
        Assert.Equal("Fake", orders.Provider);
        Assert.Equal(["a", "b"], orders.Nodes.Keys);
        var a = orders.Nodes["a"];
        Assert.Equal(("Server=one", ConfiguredRole.Primary, 3, "z1", true), (a.Resolved, a.Role, a.Weight, a.Zone, a.Drain));
        Assert.Equal(("Server=variable", ConfiguredRole.Auto, 1, (string?)null, false), (orders.Nodes["b"].Resolved, orders.Nodes["b"].Role, orders.Nodes["b"].Weight, orders.Nodes["b"].Zone, orders.Nodes["b"].Drain));
        Assert.Equal((7, 2, TimeSpan.FromSeconds(0.5), TimeSpan.FromDays(1)), (orders.Pool.MaxSize, orders.Pool.MinIdle, orders.Pool.RentTimeout, orders.Pool.MaxLifetime));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(1), ResetMode.Never), (orders.Pool.MaxIdleTime, orders.Pool.ValidateAfter, orders.Pool.Reset));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.Zero, TimeSpan.FromSeconds(4)), (orders.Timeouts.Connect, orders.Timeouts.Command, orders.Timeouts.Cancel));
        Assert.Equal((ReadPreference.Any, TimeSpan.FromSeconds(7), ConsistencyLevel.Any), (orders.Reads.Prefer, orders.Reads.MaxStaleness, orders.Reads.Consistency));
        Assert.Equal((BalancePolicy.Random, NoReplicaPolicy.Fail), (orders.Reads.Balance, orders.Reads.WhenNoReplica));
    }

    [Fact]
    public void A_null_leaves_the_default()
    {
        var options = Load(Orders("""
            "Pool": { "MaxSize": null }, "Reads": null, "Timeouts": {}
            """));

        Assert.Equal(32, options.DataSources["orders"].Pool.MaxSize);
    }

    [Theory]
    [InlineData("""
        "Pool": { "MaxSzie": 5 }
        """, "Routing:DataSources:orders:Pool:MaxSzie: unknown key (did you mean \"MaxSize\"?); allowed are MaxSize, MinIdle, RentTimeout, MaxLifetime, MaxIdleTime, ValidateAfter, KeepAlive, MaxWaiting, Adaptive, AdaptiveMin, Reset, SampleStackEvery.")]
    [InlineData("""
        "Timeout": { "Connect": "00:00:01" }
        """, "Routing:DataSources:orders:Timeout: unknown key (did you mean \"Timeouts\"?); allowed are Provider, MaxConnections, Nodes, Pool, Timeouts, Reads, Telemetry.")]
    [InlineData("""
        "Flavour": "x"
        """, "Routing:DataSources:orders:Flavour: unknown key; allowed are Provider, MaxConnections, Nodes, Pool, Timeouts, Reads, Telemetry.")]
    [InlineData("""
        "Reads": { "PreferReplicas": true }
        """, "Routing:DataSources:orders:Reads:PreferReplicas: unknown key; allowed are Prefer, MaxStaleness, Consistency, Balance, WhenNoReplica.")]
    [InlineData("""
        "Pool": 5
        """, "Routing:DataSources:orders:Pool: found a single value, which is not shown here; allowed is an object.")]
    [InlineData("""
        "Pool": { "MaxSize": { "a": 1 } }
        """, "Routing:DataSources:orders:Pool:MaxSize: found an object or a list; allowed is a whole number from 1 to 10000.")]
    public void What_does_not_belong_is_an_error(string members, string expected) => Assert.Equal(expected, Problem(Orders(members)));

    [Theory]
    [InlineData("Pool", "MaxSize", "lots", "found \"lots\"; allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "", "found \"\"; allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "3.5", "found \"3.5\"; allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "1,000", "found \"1,000\"; allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "99999999999", "found \"99999999999\"; allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "RentTimeout", "5", "found \"5\"; allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "RentTimeout", "5s", "found \"5s\"; allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "RentTimeout", "24:00:00", "found \"24:00:00\"; allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "RentTimeout", "-00:00:01", "found \"-00:00:01\"; allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "Reset", "Alwys", "found \"Alwys\" (did you mean \"Always\"?); allowed are Always, WhenDirty, Never")]
    [InlineData("Pool", "Reset", "0", "found \"0\"; allowed are Always, WhenDirty, Never")]
    [InlineData("Reads", "Balance", "RoundRobin", "found \"RoundRobin\"; allowed are LeastInFlight, Random")]
    [InlineData("Pool", "MaxSize", "Password=hidden", "found a text that is not shown here; allowed is a whole number from 1 to 10000")]
    public void What_cannot_be_read_is_an_error(string group, string key, string value, string expected)
    {
        var root = Orders($$"""
            "{{group}}": { "{{key}}": "{{value}}" }
            """);

        Assert.Equal($"Routing:DataSources:orders:{group}:{key}: {expected}.", Problem(root));
    }

    [Fact]
    public void A_group_inside_a_group_is_read_and_checked_as_any_other()
    {
        var telemetry = Load(Orders("""
            "Telemetry": { "DriverSpans": true, "SlowStatement": { "Threshold": "00:00:00.250" }, "SqlComment": { "Application": "shop" } }
            """)).DataSources["orders"].Telemetry;
        Assert.Equal((true, TimeSpan.FromMilliseconds(250), "shop"), (telemetry.DriverSpans, telemetry.SlowStatement.Threshold, telemetry.SqlComment.Application));

        Assert.Equal(
            """
            The Routing configuration has 4 problem(s):
            - Routing:DataSources:orders:Telemetry:Spans: unknown key; allowed are DriverSpans, SlowStatement, SqlComment.
            - Routing:DataSources:orders:Telemetry:SlowStatement:Treshold: unknown key (did you mean "Threshold"?); allowed are Threshold, ReportEvery, Top, Explain, ExplainEvery.
            - Routing:DataSources:orders:Telemetry:SqlComment: found a single value, which is not shown here; allowed is an object.
            - Routing:DataSources:orders:Telemetry:SlowStatement:Top: found "0"; allowed is a whole number from 1 to 100.
            """.Split('\n').Order(StringComparer.Ordinal),
            Problems(Orders("""
                "Telemetry": { "Spans": true, "SlowStatement": { "Treshold": "00:00:01", "Top": "0" }, "SqlComment": "shop" }
                """)).Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_flag_is_true_or_false()
    {
        var root = Nodes("""
            "a": { "ConnectionString": "Server=one", "Drain": "yes" }
            """);

        Assert.Equal("Routing:DataSources:orders:Nodes:a:Drain: found \"yes\"; allowed are true and false.", Problem(root));
    }

    [Fact]
    public void Unknown_keys_of_the_section_and_of_a_node_are_errors()
    {
        var root = Json("""
            { "Routing": { "DataSource": {}, "DataSources": { "orders": { "Provider": "Fake", "Nodes": { "a": { "ConectionString": "Server=one;Password=hidden" } } } } } }
            """);

        Assert.Equal(
            """
            The Routing configuration has 3 problem(s):
            - Routing:DataSource: unknown key (did you mean "DataSources"?); allowed are DataSources, MaxConnections, Instances.
            - Routing:DataSources:orders:Nodes:a: no connection string; exactly one of ConnectionString, ConnectionStringName and ConnectionStringVariable is needed.
            - Routing:DataSources:orders:Nodes:a:ConectionString: unknown key (did you mean "ConnectionString"?); allowed are ConnectionString, ConnectionStringName, ConnectionStringVariable, Role, Weight, Zone, Drain.
            """,
            Problems(root));
    }

    [Fact]
    public void Environment_variables_override_single_settings()
    {
        var root = new ConfigurationBuilder()
            .AddConfiguration(Orders(""))
            .AddInMemoryCollection([new("Routing:DataSources:ORDERS:pool:maxsize", "5")])
            .Build();

        Assert.Equal(5, Load(root).DataSources["orders"].Pool.MaxSize);
    }
}
