using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.AspNetCore.Http;
using Routing.Testing;

namespace Routing.IntegrationTests.Configuration;

/// <summary>A service starts with its configuration, or refuses to and says why; a web application has routing of its own beside it.</summary>
public sealed class StartUpTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task A_host_with_a_wrong_configuration_does_not_start_and_names_everything_at_once()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Routing:DataSources:orders:Provider"] = "Postgres",
            ["Routing:DataSources:orders:Nodes:a:ConnectionString"] = "Host=localhost",
            ["Routing:DataSources:stock:Provider"] = "PostgreSql",
            ["Routing:DataSources:stock:Nodes:a:ConnectionStringName"] = "Missing",
            ["Routing:DataSources:stock:Nodes:b:ConnectionString"] = "Host=one,two;Multiplexing=true;Password=topsecret",
            ["Routing:DataSources:stock:Nodes:b:Wieght"] = "2",
            ["Routing:DataSources:stock:Pool:MaxSize"] = "many",
            ["Routing:DataSources:stock:Reads:Consistency"] = "Strong",
        });
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing")).AddPostgreSql().AddHealth();
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<RoutingConfigurationException>(() => host.StartAsync());

        Assert.Equal(
            """
            The Routing configuration has 7 problem(s):
            - Routing:DataSources:orders:Provider: found "Postgres" (did you mean "PostgreSql"?); registered are PostgreSql.
            - Routing:DataSources:stock:Nodes:a:ConnectionStringName: found "Missing", which is not in ConnectionStrings; add it to the configuration's ConnectionStrings.
            - Routing:DataSources:stock:Nodes:b:ConnectionString: "Host" names more than one server; each server has its own entry under Nodes.
            - Routing:DataSources:stock:Nodes:b:ConnectionString: "Multiplexing" is refused; it would run the statements of several leases on one connection; remove it (false may stay).
            - Routing:DataSources:stock:Nodes:b:Wieght: unknown key (did you mean "Weight"?); allowed are ConnectionString, ConnectionStringName, ConnectionStringVariable, Role, Weight, Zone, Drain.
            - Routing:DataSources:stock:Pool:MaxSize: found "many"; allowed is a whole number from 1 to 10000.
            - Routing:DataSources:stock:Reads:Consistency: found "Strong"; allowed are Any, ReadYourWrites. [RTG0001]
            """,
            error.Message);
    }

    [Fact]
    public async Task Connection_strings_come_by_name_and_from_the_environment()
    {
        var variable = $"ROUTING_TEST_{database.Name.ToUpperInvariant()}";
        Environment.SetEnvironmentVariable(variable, database.Standbys[0]);
        try
        {
            var builder = Host.CreateApplicationBuilder();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Orders"] = database.Primary,
                ["Routing:DataSources:orders:Provider"] = "PostgreSql",
                ["Routing:DataSources:orders:Nodes:a:ConnectionStringName"] = "Orders",
                ["Routing:DataSources:orders:Nodes:b:ConnectionStringVariable"] = variable,
            });
            builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing")).AddPostgreSql().AddHealth();
            using var host = builder.Build();
            await host.StartAsync();

            var orders = host.Services.GetRequiredKeyedService<IRoutingDatabase>("orders");
            Assert.True(await orders.ExecuteScalarAsync<bool>(RoutedHostExtensions.OnStandby));
            Assert.Same(orders, host.Services.GetRequiredService<IRoutingDatabase>());
            await host.StopAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task A_web_application_has_its_own_routing_beside_it()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Routing:DataSources:orders:Provider"] = "PostgreSql",
            ["Routing:DataSources:orders:Nodes:a:ConnectionString"] = database.Primary,
        });

        // Both extension methods, and both meanings of the word, in one file.
        builder.Services.AddRouting(options => options.LowercaseUrls = true);
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing")).AddPostgreSql().AddHealth();
        builder.Services.AddSingleton<IServer, NoServer>();
        await using var application = builder.Build();
        application.UseRouting();
        application.MapGet("/orders/{id}", ([FromKeyedServices("orders")] IRoutingDatabase orders, int id) =>
            orders.ExecuteScalarAsync<int>("select @id::int", new { id }));
        application.MapHealthChecks("/health");

        await application.StartAsync();
        Assert.Equal(1, await application.Services.GetRequiredKeyedService<IRoutingDatabase>("orders").ExecuteScalarAsync<int>("select 1"));
        await application.StopAsync();
    }

    [Fact]
    public async Task A_host_that_may_open_more_than_its_servers_allow_says_so_at_start()
    {
        await using var asked = new Npgsql.NpgsqlConnection(database.Primary);
        await asked.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(
            "select (select setting::int from pg_settings where name = 'max_connections') - (select setting::int from pg_settings where name = 'superuser_reserved_connections')", asked);
        var allowed = (int)(await command.ExecuteScalarAsync())!;
        using var logs = new LogCapture();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Routing:Instances"] = "2",
            ["Routing:DataSources:orders:Provider"] = "PostgreSql",
            ["Routing:DataSources:orders:Pool:MaxSize"] = ((allowed / 2) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Routing:DataSources:orders:Nodes:a:ConnectionString"] = database.Primary,
        });
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing")).AddPostgreSql();
        using var host = builder.Build();
        await host.StartAsync();

        var warning = Assert.Single(logs.WithId(1107));
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains(
            $" allows {allowed} connections, but all 2 instance(s) of this service together may open {((allowed / 2) + 1) * 2} to it (Pool:MaxSize: orders/a {(allowed / 2) + 1}).",
            warning.Message,
            StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_host_whose_nodes_are_away_starts_and_its_first_statement_says_so()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Routing:DataSources:orders:Provider"] = "PostgreSql",
            ["Routing:DataSources:orders:Nodes:a:ConnectionString"] = "Host=127.0.0.1;Port=9;Username=u;Password=topsecret;Database=d",
            ["Routing:DataSources:orders:Nodes:b:ConnectionString"] = "Host=127.0.0.1;Port=10;Username=u;Password=topsecret;Database=d",
        });
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing")).AddPostgreSql();
        using var host = builder.Build();
        await host.StartAsync();

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(
            () => host.Services.GetRequiredService<IRoutingDatabase>().ExecuteScalarAsync<int>("select 1").AsTask());

        Assert.Equal(
            "None of the 2 nodes of data source 'orders' answered within the connect time-out ('Routing:DataSources:orders:Timeouts:Connect'), so no role is known. A retry is safe; the log says what each node met. [RTG0203]",
            error.Message);
        await host.StopAsync();
    }

    /// <summary>Listens nowhere: what is tested is the container and the start.</summary>
    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
