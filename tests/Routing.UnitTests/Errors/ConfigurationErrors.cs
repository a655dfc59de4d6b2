using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Routing.Diagnostics;
using Routing.UnitTests.Configuration;
using Routing.UnitTests.Providers.Sqlite;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class ConfigurationErrors
{
    [Provokes(ErrorCodes.InvalidConfiguration)]
    public static Task<Exception> A_configuration_with_mistakes() => OfAsync(
        """
        "orders": {
          "Provider": "Postgres",
          "Nodes": { "a": { "ConnectionString": "Host=10.0.0.1;Database=orders" }, "b": { "Weight": 2 } },
          "Pool": { "MaxSize": "many" }
        },
        "stock": { "Provider": "PostgreSql", "Nodes": { "a": { "ConnectionString": "Host=10.0.0.1;Pasword=hidden" } }, "Reeds": {} }
        """,
        static provider => provider.GetRequiredService<IRoutingDatabases>());

    [Provokes(ErrorCodes.UnknownDataSource)]
    public static Task<Exception> A_data_source_that_is_not_configured() => OfAsync(
        OrdersAndStock, static provider => _ = provider.GetRequiredService<IRoutingDatabases>()["order"]);

    [Provokes(ErrorCodes.AmbiguousDatabase)]
    public static Task<Exception> A_database_without_a_key() => OfAsync(
        OrdersAndStock, static provider => provider.GetRequiredService<IRoutingDatabase>());

    [Provokes(ErrorCodes.SeveralFiles)]
    public static Task<Exception> Two_files_in_one_data_source() => OfAsync(
        """
        "orders": { "Provider": "Sqlite", "Nodes": { "a": { "ConnectionString": "Data Source=a.db" }, "b": { "ConnectionString": "Data Source=b.db" } } }
        """,
        static provider => provider.GetRequiredService<IRoutingDatabases>());

    [Provokes(ErrorCodes.AddedTwice)]
    public static Task<Exception> AddDatabaseRouting_called_twice()
    {
        var services = new ServiceCollection();
        services.AddDatabaseRouting(static _ => { });
        return Task.FromResult(Thrown(() => services.AddDatabaseRouting(static _ => { })));
    }

    [Provokes(ErrorCodes.SharedCache)]
    public static async Task<Exception> A_shared_cache_past_the_validator()
    {
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=orders;Mode=Memory;Cache=Shared" };
        return Thrown(() => _ = nodes.Driver);
    }

    private const string OrdersAndStock =
        """
        "orders": { "Provider": "Sqlite", "Nodes": { "a": { "ConnectionString": "Data Source=:memory:" } } },
        "stock": { "Provider": "Sqlite", "Nodes": { "a": { "ConnectionString": "Data Source=:memory:" } } }
        """;

    private static async Task<Exception> OfAsync(string dataSources, Action<IServiceProvider> use)
    {
        var root = ConfigurationFixture.Json($$$"""{ "Routing": { "DataSources": { {{{dataSources}}} } } }""");
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(root);
        services.AddDatabaseRouting(root.GetSection("Routing")).AddPostgreSql().AddSqlite();
        await using var provider = services.BuildServiceProvider();
        return Thrown(() => use(provider));
    }
}
