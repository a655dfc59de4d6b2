using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Routing.Configuration;
using Routing.Sessions;
using Routing.Testing;
using static Routing.UnitTests.Configuration.ConfigurationFixture;

namespace Routing.UnitTests.Configuration;

public sealed class DatabaseRoutingRegistrationTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly LogCapture _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Names_are_known_while_services_are_registered()
    {
        var builder = (RoutingBuilder)Services().AddDatabaseRouting(
            Orders("").GetSection("Routing"), static options => options.DataSources["code"] = new DataSourceOptions());
        List<string> registered = [];
        builder.ForEachDataSource(registered.Add);

        builder.Configure("ORDERS", static _ => { }).Configure("later", static _ => { }).Configure("later", static _ => { });

        Assert.Equal(["orders", "code", "later"], builder.DataSources);
        Assert.Equal(["orders", "code", "later"], registered);
    }

    [Fact]
    public void Code_completes_what_the_section_says()
    {
        var services = Services();
        services
            .AddDatabaseRouting(Orders("").GetSection("Routing"), static options => options.DataSources["orders"].Pool.MaxSize = 9)
            .Configure("orders", static o => o.Pool.MinIdle = o.Pool.MaxSize);
        using var provider = services.BuildServiceProvider();

        var orders = provider.GetRequiredService<IOptionsMonitor<RoutingOptions>>().CurrentValue.DataSources["orders"];

        Assert.Equal((9, 9, "Server=one"), (orders.Pool.MaxSize, orders.Pool.MinIdle, orders.Nodes["a"].Resolved));
        Assert.Same(orders, provider.GetRequiredService<IOptions<RoutingOptions>>().Value.DataSources["orders"]);
    }

    [Fact]
    public void Everything_can_be_set_in_code()
    {
        var services = Services();
        services.AddDatabaseRouting(static options => options.DataSources["orders"] = new DataSourceOptions
        {
            Provider = "fake",
            Nodes = { ["a"] = new NodeOptions { ConnectionString = "Server=one" } },
        });
        using var provider = services.BuildServiceProvider();

        Assert.Equal(["orders"], provider.GetRequiredService<IOptionsMonitor<RoutingOptions>>().CurrentValue.DataSources.Keys);
    }

    [Fact]
    public void A_container_without_logging_and_clock_is_enough()
    {
        var services = new ServiceCollection().AddSingleton<Engine, FakeEngine>();
        services.AddDatabaseRouting(Orders("").GetSection("Routing"));
        using var provider = services.BuildServiceProvider();

        Assert.Single(provider.GetRequiredService<IOptionsMonitor<RoutingOptions>>().CurrentValue.DataSources);
    }

    [Fact]
    public void Without_a_host_the_first_use_reports_the_problems()
    {
        var services = Services();
        services.AddDatabaseRouting(Orders("""
            "Pool": { "MaxSize": 0 }
            """).GetSection("Routing"));
        using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<RoutingConfigurationException>(() => provider.GetRequiredService<IOptionsMonitor<RoutingOptions>>());

        Assert.Equal(
            "The Routing configuration has 1 problem(s):\n- Routing:DataSources:orders:Pool:MaxSize: found \"0\"; allowed is a whole number from 1 to 10000. [RTG0001]",
            error.Message);
    }

    [Fact]
    public async Task A_host_does_not_start_with_problems()
    {
        var app = Host.CreateEmptyApplicationBuilder(null);
        app.Configuration.AddConfiguration(Orders("""
            "Pol": {}
            """));
        app.Services.AddSingleton<Engine, FakeEngine>();
        app.Services.AddDatabaseRouting(app.Configuration.GetSection("Routing"));
        using var host = app.Build();

        var error = await Assert.ThrowsAsync<RoutingConfigurationException>(() => host.StartAsync());

        Assert.Equal(
            "The Routing configuration has 1 problem(s):\n- Routing:DataSources:orders:Pol: unknown key (did you mean \"Pool\"?); allowed are Provider, MaxConnections, Nodes, Pool, Timeouts, Reads, Telemetry. [RTG0001]",
            error.Message);
    }

    [Fact]
    public async Task A_host_finds_connection_strings_by_name()
    {
        var app = Host.CreateEmptyApplicationBuilder(null);
        app.Configuration.AddConfiguration(Nodes("""
            "a": { "ConnectionStringName": "Orders" }
            """));
        app.Configuration["ConnectionStrings:Orders"] = "Server=named";
        app.Services.AddSingleton<Engine, FakeEngine>();
        app.Services.AddDatabaseRouting(app.Configuration.GetSection("Routing"));
        using var host = app.Build();
        await host.StartAsync();

        Assert.Equal("Server=named", host.Services.GetRequiredService<IOptionsMonitor<RoutingOptions>>().CurrentValue.DataSources["orders"].Nodes["a"].Resolved);
        await host.StopAsync();
    }

    [Fact]
    public void A_second_call_is_an_error()
    {
        var services = Services();
        services.AddDatabaseRouting(Orders("").GetSection("Routing"));

        Assert.Equal(
            "AddDatabaseRouting was called twice. Call it once, and add data sources by .Configure(name, ...) on what it returns. [RTG0005]",
            Assert.Throws<InvalidOperationException>(() => services.AddDatabaseRouting(static _ => { })).Message);
    }

    [Fact]
    public void Overridden_keys_of_connection_strings_are_logged_once()
    {
        var root = InMemory(("Nodes:a:ConnectionString", "Server=one;Pool=5"));
        using var provider = Start(root, out _);

        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        root.Reload();
        _time.Advance(ChangeWatcher.Window);

        Assert.Equal(
            ["Routing:DataSources:orders:Nodes:a: the key \"Pool\" of the connection string is overridden; use Pool:MaxSize."],
            _log.WithId(1005).Select(static e => e.Message));
    }

    [Fact]
    public void A_burst_of_changes_is_one_reload_a_quarter_of_a_second_after_its_first()
    {
        var root = InMemory();
        using var provider = Start(root, out var monitor);
        List<RoutingOptionsReload> reloads = [];
        using var subscription = monitor.OnReload(reloads.Add);

        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        root.Reload();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        root["Routing:DataSources:orders:Nodes:a:Weight"] = "3";
        root.Reload();
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Empty(reloads);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("changed from \"1\" to \"3\"", Assert.Single(Assert.Single(reloads).Live).Text);
        Assert.Equal(3, monitor.CurrentValue.DataSources["orders"].Nodes["a"].Weight);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(reloads);
    }

    [Fact]
    public void A_reload_logs_what_it_applied_and_what_waits()
    {
        var root = InMemory();
        using var provider = Start(root, out var monitor);

        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        root["Routing:DataSources:orders:Pool:MaxSize"] = "5";
        root.Reload();
        _time.Advance(ChangeWatcher.Window);

        Assert.Equal(
            [
                "Information Routing.Configuration[1000] The Routing configuration changed: 1 change(s) applied, 1 waiting for a restart.",
                "Information Routing.Configuration[1001] Routing:DataSources:orders:Nodes:a:Weight: changed from \"1\" to \"2\".",
                "Warning Routing.Configuration[1002] Routing:DataSources:orders:Pool:MaxSize: changed from \"32\" to \"5\", which needs a restart; until then the running value stays.",
            ],
            _log.Events.Select(static e => e.ToString()));
        Assert.Equal(32, monitor.CurrentValue.DataSources["orders"].Pool.MaxSize);
    }

    [Fact]
    public void An_invalid_reload_keeps_the_running_configuration_and_logs_every_problem()
    {
        var root = InMemory();
        using var provider = Start(root, out var monitor);
        List<RoutingOptionsReload> reloads = [];
        using var subscription = monitor.OnReload(reloads.Add);
        var running = monitor.CurrentValue;

        root["Routing:DataSources:orders:Nodes:a:Weight"] = "-2";
        root["Routing:DataSources:orders:Nodes:a:Role"] = "Primry";
        root.Reload();
        _time.Advance(ChangeWatcher.Window);

        Assert.Same(running, monitor.CurrentValue);
        Assert.Empty(reloads);
        Assert.Equal(
            """
            Error Routing.Configuration[1003] The changed Routing configuration cannot be used; the running one stays. The Routing configuration has 2 problem(s):
            - Routing:DataSources:orders:Nodes:a:Role: found "Primry" (did you mean "Primary"?); allowed are Auto, Primary, Replica.
            - Routing:DataSources:orders:Nodes:a:Weight: found "-2"; allowed is a whole number from 0 to 1000. [RTG0001]
            """,
            Assert.Single(_log.Events).ToString());

        root["Routing:DataSources:orders:Nodes:a:Role"] = null;
        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        root.Reload();
        _time.Advance(ChangeWatcher.Window);
        Assert.Single(reloads);
    }

    [Fact]
    public void What_set_up_code_and_listeners_throw_is_logged_and_stops_nobody()
    {
        var root = InMemory();
        var fail = false;
        using var provider = Start(root, out var monitor, builder => builder.Configure("orders", _ =>
        {
            if (fail)
            {
                throw new IOException("no disk");
            }
        }));
        var heard = 0;
        using var first = monitor.OnReload(static _ => throw new InvalidOperationException("listener"));
        using var second = monitor.OnReload(_ => heard++);

        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        fail = true;
        root.Reload();
        _time.Advance(ChangeWatcher.Window);
        Assert.IsType<IOException>(Assert.Single(_log.WithId(1004)).Exception);
        Assert.Equal(0, heard);

        fail = false;
        root.Reload();
        _time.Advance(ChangeWatcher.Window);
        Assert.IsType<InvalidOperationException>(Assert.Single(_log.WithId(1006)).Exception);
        Assert.Equal(1, heard);
    }

    [Fact]
    public void Nothing_is_called_after_the_end()
    {
        var root = InMemory();
        var provider = Start(root, out var monitor);
        var reloads = 0;
        monitor.OnReload(_ => reloads++).Dispose();
        using var subscription = monitor.OnReload(_ => reloads++);
        root["Routing:DataSources:orders:Nodes:a:Weight"] = "2";
        root.Reload();
        provider.Dispose();
        root.Reload();
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((0, 0), (reloads, _time.ArmedTimers));
    }

    private static IConfigurationRoot InMemory(params (string Key, string Value)[] orders)
    {
        var root = new ConfigurationBuilder().AddInMemoryCollection().Build();
        root["Routing:DataSources:orders:Provider"] = "Fake";
        root["Routing:DataSources:orders:Nodes:a:ConnectionString"] = "Server=one";
        foreach (var (key, value) in orders)
        {
            root["Routing:DataSources:orders:" + key] = value;
        }

        return root;
    }

    private ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddSingleton<Engine, FakeEngine>();
        services.AddSingleton<TimeProvider>(_time);
        services.AddLogging(builder => builder.AddProvider(_log));
        return services;
    }

    private ServiceProvider Start(IConfigurationRoot root, out RoutingOptionsMonitor monitor, Action<IRoutingBuilder>? configure = null)
    {
        var services = Services();
        var builder = services.AddDatabaseRouting(root.GetSection("Routing"));
        configure?.Invoke(builder);
        var provider = services.BuildServiceProvider();
        monitor = provider.GetRequiredService<RoutingOptionsMonitor>();
        return provider;
    }
}
