using Microsoft.Extensions.Configuration;
using Routing.Configuration;
using static Routing.UnitTests.Configuration.ConfigurationFixture;

namespace Routing.UnitTests.Configuration;

public class RoutingOptionsValidatorTests
{
    [Fact]
    public void Defaults_are_valid() => Assert.Equal("", Problems(Orders("")));

    [Fact]
    public void A_missing_section_is_an_error() =>
        Assert.Equal("Routing:DataSources: no data source; at least one is needed.", Problem(Json("{}")));

    [Fact]
    public void All_problems_come_in_one_error_sorted_by_path()
    {
        var root = Json("""
            { "Routing": { "DataSources": {
                "orders": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=one" } }, "Reads": { "Prefer": "Replicas" }, "Pool": { "MinIdle": 40, "Rezet": 1 } },
                "audit": { "Nodes": {} } } } }
            """);

        Assert.Equal(
            """
            The Routing configuration has 5 problem(s):
            - Routing:DataSources:audit:Nodes: no node; at least one is needed.
            - Routing:DataSources:audit:Provider: not set; registered are Fake.
            - Routing:DataSources:orders:Pool:MinIdle: found "40"; allowed is at most MaxSize, which is 32.
            - Routing:DataSources:orders:Pool:Rezet: unknown key (did you mean "Reset"?); allowed are MaxSize, MinIdle, RentTimeout, MaxLifetime, MaxIdleTime, ValidateAfter, KeepAlive, MaxWaiting, Adaptive, AdaptiveMin, Reset, SampleStackEvery.
            - Routing:DataSources:orders:Reads:Prefer: found "Replicas" (did you mean "Replica"?); allowed are Replica, Primary, Any.
            """,
            Problems(root));
    }

    [Theory]
    [InlineData("Fakee", "found \"Fakee\" (did you mean \"Fake\"?); registered are Fake")]
    [InlineData("Postgres", "found \"Postgres\" (did you mean \"PostgreSql\"?); registered are Fake")]
    [InlineData("postgresql", "found \"postgresql\", which is not registered; call AddPostgreSql() of the package Routing.Providers.PostgreSql")]
    [InlineData("Sqlite", "found \"Sqlite\", which is not registered; call AddSqlite() of the package Routing.Providers.Sqlite")]
    [InlineData("Oracle", "found \"Oracle\"; registered are Fake")]
    public void The_provider_is_a_registered_engine(string provider, string expected)
    {
        var root = Json($$"""
            { "Routing": { "DataSources": { "orders": { "Provider": "{{provider}}", "Nodes": { "a": { "ConnectionString": "Server=one" } } } } } }
            """);

        Assert.Equal($"Routing:DataSources:orders:Provider: {expected}.", Problem(root));
    }

    [Fact]
    public void Without_any_engine_the_error_says_how_to_add_one()
    {
        var options = Bind(Json("""{ "Routing": { "DataSources": { "orders": { "Provider": "X", "Nodes": { "a": { "ConnectionString": "Server=one" } } } } } }"""));
        var validator = new RoutingOptionsValidator("Routing", [], new ConnectionStringResolver(null, static _ => null));

        Assert.Equal(
            """
            The Routing configuration has 1 problem(s):
            - Routing:DataSources:orders:Provider: found "X"; no engine is registered, call AddPostgreSql() of the package Routing.Providers.PostgreSql, or call AddSqlServer() of the package Routing.Providers.SqlServer, or call AddSqlite() of the package Routing.Providers.Sqlite. [RTG0001]
            """,
            Assert.Throws<RoutingConfigurationException>(() => validator.Validate(null, options)).Message);
    }

    [Theory]
    [InlineData("\"MaxConnections\": -1", "Routing:MaxConnections: found \"-1\"; allowed is a whole number from 1 to 1000000, or 0 for no limit.")]
    [InlineData("\"MaxConnections\": 1000001", "Routing:MaxConnections: found \"1000001\"; allowed is a whole number from 1 to 1000000, or 0 for no limit.")]
    [InlineData("\"MaxConnections\": \"many\"", "Routing:MaxConnections: found \"many\"; allowed is a whole number from 1 to 1000000, or 0 for no limit.")]
    [InlineData("\"Instances\": 0", "Routing:Instances: found \"0\"; allowed is a whole number from 1 to 100000.")]
    [InlineData("\"Instanzes\": 2", "Routing:Instanzes: unknown key (did you mean \"Instances\"?); allowed are DataSources, MaxConnections, Instances.")]
    [InlineData("\"MaxConnections\": 0, \"Instances\": 3", "")]
    public void What_concerns_the_process_is_checked(string members, string problem)
    {
        var root = Json($$"""{ "Routing": { {{members}}, "DataSources": { "orders": { "Provider": "Fake", "Nodes": { "a": { "ConnectionString": "Server=one" } } } } } }""");

        Assert.Equal(problem, problem.Length == 0 ? Problems(root) : Problem(root));
    }

    [Theory]
    [InlineData(1_000_001, 0, "found \"1000001\"; allowed is a whole number from 1 to 1000000, or 0 for no limit.")]
    [InlineData(5, 3, "found \"5\"; allowed is at least Pool:MinIdle times the number of nodes, which is 6, or 0 for no limit.")]
    [InlineData(6, 3, "")]
    [InlineData(0, 3, "")]
    public void The_maximum_of_a_data_source_leaves_room_for_what_idles(int max, int minIdle, string problem)
    {
        var root = Json($$"""
            { "Routing": { "DataSources": { "orders": {
                "Provider": "Fake", "MaxConnections": {{max}}, "Pool": { "MinIdle": {{minIdle}} },
                "Nodes": { "a": { "ConnectionString": "Server=one" }, "b": { "ConnectionString": "Server=two" } } } } } }
            """);

        Assert.Equal(problem.Length == 0 ? "" : "Routing:DataSources:orders:MaxConnections: " + problem, problem.Length == 0 ? Problems(root) : Problem(root));
    }

    [Theory]
    [InlineData("true", 3, 4, "found \"4\"; allowed is at most MaxSize, which is 3.")]
    [InlineData("true", 4, 4, "")]
    [InlineData("false", 3, 4, "")]
    public void The_lower_bound_of_an_adaptive_limit_is_not_above_the_maximum(string adaptive, int max, int min, string problem)
    {
        var root = Json($$"""
            { "Routing": { "DataSources": { "orders": {
                "Provider": "Fake", "Pool": { "MaxSize": {{max}}, "Adaptive": {{adaptive}}, "AdaptiveMin": {{min}} },
                "Nodes": { "a": { "ConnectionString": "Server=one" } } } } } }
            """);

        Assert.Equal(problem.Length == 0 ? "" : "Routing:DataSources:orders:Pool:AdaptiveMin: " + problem, problem.Length == 0 ? Problems(root) : Problem(root));
    }

    [Theory]
    [InlineData("Pool", "AdaptiveMin", "0", "allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "0", "allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MaxSize", "10001", "allowed is a whole number from 1 to 10000")]
    [InlineData("Pool", "MinIdle", "-1", "allowed is a whole number from 0 to 10000")]
    [InlineData("Pool", "RentTimeout", "00:00:00", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "RentTimeout", "00:10:01", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00.001 to 00:10:00")]
    [InlineData("Pool", "MaxLifetime", "00:00:00.5", "allowed is a duration ([d.]hh:mm:ss) from 00:00:01 to 1.00:00:00, or 00:00:00 for never")]
    [InlineData("Pool", "MaxIdleTime", "2.00:00:00", "allowed is a duration ([d.]hh:mm:ss) from 00:00:01 to 1.00:00:00, or 00:00:00 for ever")]
    [InlineData("Pool", "KeepAlive", "00:00:00.5", "allowed is a duration ([d.]hh:mm:ss) from 00:00:01 to 1.00:00:00, or 00:00:00 for never")]
    [InlineData("Pool", "MaxWaiting", "-1", "allowed is a whole number from 0 to 100000")]
    [InlineData("Pool", "ValidateAfter", "01:00:01", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00 to 01:00:00")]
    [InlineData("Timeouts", "Connect", "00:00:00.001", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00.01 to 00:05:00")]
    [InlineData("Timeouts", "Command", "00:00:01.5", "allowed is a duration ([d.]hh:mm:ss) from 00:00:01 to 1.00:00:00 in whole seconds, or 00:00:00 for no limit")]
    [InlineData("Timeouts", "Cancel", "00:01:01", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00.01 to 00:01:00")]
    [InlineData("Reads", "MaxStaleness", "02:00:00", "allowed is a duration ([d.]hh:mm:ss) from 00:00:00 to 01:00:00")]
    public void Values_stay_within_their_range(string group, string key, string value, string allowed)
    {
        var root = Orders($$"""
            "{{group}}": { "{{key}}": "{{value}}" }
            """);

        Assert.Equal($"Routing:DataSources:orders:{group}:{key}: found \"{value}\"; {allowed}.", Problem(root));
    }

    [Theory]
    [InlineData("Weight", "-1", "found \"-1\"; allowed is a whole number from 0 to 1000")]
    [InlineData("Weight", "1001", "found \"1001\"; allowed is a whole number from 0 to 1000")]
    [InlineData("Role", "Master", "found \"Master\"; allowed are Auto, Primary, Replica")]
    public void Settings_of_a_node_stay_within_their_range(string key, string value, string expected)
    {
        var root = Nodes($$"""
            "a": { "ConnectionString": "Server=one", "{{key}}": "{{value}}" }
            """);

        Assert.Equal($"Routing:DataSources:orders:Nodes:a:{key}: {expected}.", Problem(root));
    }

    [Fact]
    public void Names_are_short_and_plain()
    {
        var root = Json("""
            { "Routing": { "DataSources": { "my orders": { "Provider": "Fake", "Nodes": { "a/b": { "ConnectionString": "Server=one" } } } } } }
            """);

        Assert.Equal(
            """
            The Routing configuration has 2 problem(s):
            - Routing:DataSources:my orders: found the name "my orders"; allowed are 1-64 letters, digits, "-", "_" or ".".
            - Routing:DataSources:my orders:Nodes:a/b: found the name "a/b"; allowed are 1-64 letters, digits, "-", "_" or ".".
            """,
            Problems(root));
    }

    [Fact]
    public void A_node_has_exactly_one_connection_string()
    {
        var root = Nodes("""
            "a": { "Weight": 1 },
            "b": { "ConnectionString": "Server=one", "ConnectionStringVariable": "SET" },
            "c": { "ConnectionString": "Server=one", "ConnectionStringName": "x", "ConnectionStringVariable": "SET" }
            """);

        Assert.Equal(
            """
            The Routing configuration has 3 problem(s):
            - Routing:DataSources:orders:Nodes:a: no connection string; exactly one of ConnectionString, ConnectionStringName and ConnectionStringVariable is needed.
            - Routing:DataSources:orders:Nodes:b: found ConnectionString and ConnectionStringVariable; exactly one of ConnectionString, ConnectionStringName and ConnectionStringVariable is needed.
            - Routing:DataSources:orders:Nodes:c: found ConnectionString and ConnectionStringName and ConnectionStringVariable; exactly one of ConnectionString, ConnectionStringName and ConnectionStringVariable is needed.
            """,
            Problems(root));
    }

    [Fact]
    public void A_connection_string_by_name_comes_from_the_root()
    {
        var root = new ConfigurationBuilder()
            .AddConfiguration(Nodes("""
                "a": { "ConnectionStringName": "Orders" }
                """))
            .AddInMemoryCollection([new("ConnectionStrings:Orders", "Server=named")])
            .Build();

        Assert.Equal("Server=named", Load(root).DataSources["orders"].Nodes["a"].Resolved);
    }

    [Fact]
    public void Names_that_lead_nowhere_are_errors()
    {
        var root = new ConfigurationBuilder()
            .AddConfiguration(Nodes("""
                "a": { "ConnectionStringName": "Order" },
                "b": { "ConnectionStringName": "Host=x;Password=hidden" },
                "c": { "ConnectionStringName": "Empty" },
                "d": { "ConnectionStringVariable": "UNSET" }
                """))
            .AddInMemoryCollection([new("ConnectionStrings:Orders", "Server=named"), new("ConnectionStrings:Empty", "")])
            .Build();

        Assert.Equal(
            """
            The Routing configuration has 4 problem(s):
            - Routing:DataSources:orders:Nodes:a:ConnectionStringName: found "Order", which is not in ConnectionStrings (did you mean "Orders"?); there are Empty, Orders.
            - Routing:DataSources:orders:Nodes:b:ConnectionStringName: found a text that is not shown here, which is not in ConnectionStrings; there are Empty, Orders.
            - Routing:DataSources:orders:Nodes:c:ConnectionStringName: found "Empty", which is empty in ConnectionStrings; a connection string is needed there.
            - Routing:DataSources:orders:Nodes:d:ConnectionStringVariable: found "UNSET", which is not set in the environment or empty there; allowed is the name of an environment variable that holds a connection string.
            """,
            Problems(root));
    }

    [Fact]
    public void A_name_without_connection_strings_says_where_to_add_it()
    {
        var root = Nodes("""
            "a": { "ConnectionStringName": "Orders" }
            """);

        Assert.Equal(
            "Routing:DataSources:orders:Nodes:a:ConnectionStringName: found \"Orders\", which is not in ConnectionStrings; add it to the configuration's ConnectionStrings.",
            Problem(root));
    }

    [Fact]
    public void A_name_needs_the_applications_configuration()
    {
        var options = Bind(Nodes("""
            "a": { "ConnectionStringName": "Orders" }
            """));

        var problem = Assert.Single(ValidatorOf(null).Check(options));

        Assert.Equal("found \"Orders\"; a name needs the application's IConfiguration in the container; register it, or use ConnectionString or ConnectionStringVariable", problem.Text);
    }

    [Fact]
    public void Two_nodes_are_two_servers()
    {
        var root = Nodes("""
            "a": { "ConnectionString": "Server=one;Password=hidden" },
            "b": { "ConnectionString": " password=hidden; server=one" },
            "c": { "ConnectionString": "Server=two;Password=hidden" }
            """);

        Assert.Equal("Routing:DataSources:orders:Nodes:b:ConnectionString: found the connection string of node \"a\"; each node is another server or file.", Problem(root));
    }

    [Fact]
    public void At_most_one_node_is_primary()
    {
        var root = Nodes("""
            "a": { "ConnectionString": "Server=one", "Role": "Primary" },
            "b": { "ConnectionString": "Server=two", "Role": "Replica" },
            "c": { "ConnectionString": "Server=three", "Role": "Primary" }
            """);

        Assert.Equal("Routing:DataSources:orders:Nodes:c:Role: found \"Primary\", as on node \"a\"; at most one node may be Primary.", Problem(root));
    }

    [Fact]
    public void The_engine_judges_the_connection_string()
    {
        var root = Nodes("""
            "a": { "ConnectionString": "Server=one;Bad=1" }
            """);

        Assert.Equal("Routing:DataSources:orders:Nodes:a:ConnectionString: \"Bad\" is refused; remove it.", Problem(root));
    }

    [Fact]
    public void Options_from_code_are_judged_alike()
    {
        var options = new RoutingOptions();
        options.DataSources["orders"] = new DataSourceOptions
        {
            Provider = "Fake",
            Nodes = { ["a"] = new NodeOptions { ConnectionString = "Server=one", Role = (ConfiguredRole)7 } },
            Pool = { MaxSize = 0 },
            Timeouts = null!,
        };
        options.DataSources["audit"] = null!;

        Assert.Equal(
            """
            The Routing configuration has 4 problem(s):
            - Routing:DataSources:audit: found null; allowed is an object.
            - Routing:DataSources:orders:Nodes:a:Role: found "7"; allowed are Auto, Primary, Replica.
            - Routing:DataSources:orders:Pool:MaxSize: found "0"; allowed is a whole number from 1 to 10000.
            - Routing:DataSources:orders:Timeouts: found null; allowed is an object.
            """,
            ConfigurationProblem.Describe(ValidatorOf(null).Check(options)));
    }

    [Fact]
    public void No_error_shows_a_secret()
    {
        const string Secret = "hunter2";
        var root = Json($$"""
            { "Routing": "{{Secret}}=1", "ConnectionStrings": { "Orders": "Bad;Password={{Secret}}" } , "Routing:DataSources:orders:Provider": "Password={{Secret}}",
              "Routing:DataSources:orders:Pool": "{{Secret}}",
              "Routing:DataSources:orders:Nodes:a:ConnectionString:Password": "{{Secret}}",
              "Routing:DataSources:orders:Nodes:b:ConnectionString": "Bad;Password={{Secret}}",
              "Routing:DataSources:orders:Nodes:c:ConnectionStringVariable": "Server=a;Password={{Secret}}",
              "Routing:DataSources:orders:Nodes:d:Role": "Server=a;Password={{Secret}}",
              "Routing:DataSources:orders:Nodes:e:Pasword": "{{Secret}}",
              "Routing:DataSources:orders:Nodes:f:ConnectionStringName": "Orders" }
            """);

        var text = Problems(root);

        Assert.StartsWith("The Routing configuration has ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
    }
}
