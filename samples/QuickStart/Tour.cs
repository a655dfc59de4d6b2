using System.Diagnostics;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Routing;
using Spectre.Console;

namespace QuickStart;

/// <summary>The tour: a handful of statements, each with where it went and why.</summary>
internal sealed class Tour(Databases databases)
{
    /// <summary>The name of the source of the tour's own spans, one per step.</summary>
    public const string SourceName = "QuickStart";

    private static readonly ActivitySource Steps = new(SourceName);

    public async Task RunAsync(CancellationToken ct)
    {
        Say("Where", databases.Description);
        using var host = Build(databases.Configuration);
        await host.StartAsync(ct);
        using var table = new StatementTable();
        var orders = host.Services.GetRequiredKeyedService<IRoutingDatabase>("orders");
        var audit = host.Services.GetRequiredKeyedService<IRoutingDatabase>("audit");

        await StepAsync("Data", () => PrepareAsync(orders, audit, table, ct));
        await StepAsync("Reads", () => ReadAsync(orders, table, ct));
        await StepAsync("A write", () => WriteAndReadAsync(orders, audit, table, ct));
        await StepAsync("A stream", () => StreamAsync(orders, table, ct));
        await StepAsync("A transaction", () => RollBackAsync(orders, table, ct));
        await StepAsync("Dapper", () => UseDapperAsync(orders, table, ct));
        await StepAsync("Injection", () => InjectAsync(orders, table, ct));
        Explain(orders);
        RefuseConfiguration();
        await host.StopAsync(ct);
    }

    /// <summary>A step is the parent of what it sends, for whoever traces.</summary>
    private static async Task StepAsync(string name, Func<Task> step)
    {
        using var span = Steps.StartActivity(name);
        await step();
    }

    internal static IHost Build(IConfiguration configuration)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing"))
            .AddPostgreSql()
            .AddMySql()
            .AddSqlite()
            .AddHealth();
        return builder.Build();
    }

    private async Task PrepareAsync(IRoutingDatabase orders, IRoutingDatabase audit, StatementTable table, CancellationToken ct)
    {
        await SampleData.CreateAsync(orders, audit, ct);
        table.Clear();
        if (databases.HasReplicas)
        {
            // A read that must see what was just written stays on the primary until a replica is known to have it.
            await WaitForReplicasAsync(orders, ct);
        }

        Say("Data", $"{SampleData.OrderCount:N0} orders written in one transaction.");
    }

    private static async Task ReadAsync(IRoutingDatabase orders, StatementTable table, CancellationToken ct)
    {
        Say("Reads", "may go to any replica (SQLite: to a reader lane).");
        for (var id = 1L; id <= 4; id++)
        {
            await orders.QuerySingleAsync<long>($"select total_cents from orders where id = {id}", ct);
        }

        var cities = await orders.QueryAsync<string>(
            "select c.city from orders o join customers c on c.id = o.customer_id group by c.city order by sum(o.total_cents) desc limit 3", ct);
        table.Print();
        Say("Answer", $"the three cities with the largest turnover: {string.Join(", ", cities)}.");
    }

    private static async Task WriteAndReadAsync(IRoutingDatabase orders, IRoutingDatabase audit, StatementTable table, CancellationToken ct)
    {
        Say("A write", "goes to the primary; a read in the same session sees it, wherever it has to go for that.");
        await using var session = orders.OpenSession();
        await session.ExecuteAsync($"update orders set paid = {true} where id = {1L}", ct);
        var paid = await session.QuerySingleAsync<bool>($"select paid from orders where id = {1L}", ct);
        await audit.ExecuteAsync($"insert into events (what) values ({"order 1 paid"})", ct);
        table.Print();
        Say("Answer", $"order 1 is {(paid ? "paid" : "not paid")}. The second data source has its own nodes and pools.");
    }

    private static async Task StreamAsync(IRoutingDatabase orders, StatementTable table, CancellationToken ct)
    {
        Say("A stream", "reads row by row; leaving early gives the connection back.");
        var seen = 0;
        var cents = 0L;
        await foreach (var order in orders.StreamAsync<Order>(
            "select o.id as Id, c.name as Customer, c.city as City, o.total_cents as TotalCents, o.paid as Paid from orders o join customers c on c.id = o.customer_id order by o.id", ct))
        {
            cents += order.TotalCents;
            if (++seen == 2_500)
            {
                break;
            }
        }

        table.Print();
        Say("Answer", $"the first {seen:N0} orders are worth {cents / 100m:N2}.");
    }

    private static async Task RollBackAsync(IRoutingDatabase orders, StatementTable table, CancellationToken ct)
    {
        Say("A transaction", "that is left without a commit is rolled back.");
        await using (var session = orders.OpenSession())
        {
            await using var tx = await session.BeginTransactionAsync(ct: ct);
            await tx.ExecuteAsync("delete from orders where paid = false", ct);
            await tx.ExecuteScalarAsync<long>("select count(*) from orders", ct);
        }

        var count = await orders.ExecuteScalarAsync<long>("select count(*) from orders", ct);
        table.Print();
        Say("Answer", $"still {count:N0} orders.");
    }

    private static async Task UseDapperAsync(IRoutingDatabase orders, StatementTable table, CancellationToken ct)
    {
        Say("Dapper", "over RoutingDataSource: the same routing, statement by statement, on one ADO.NET connection.");
        await using var connection = await orders.DataSource.OpenConnectionAsync(ct);
        var unpaid = await connection.QuerySingleAsync<long>("select count(*) from orders where paid = @paid", new { paid = false });
        await connection.ExecuteAsync("update customers set city = @city where id = @id", new { city = "Bergen", id = 1L });
        table.Print();
        Say("Answer", $"{unpaid:N0} orders are unpaid.");
    }

    private static async Task InjectAsync(IRoutingDatabase orders, StatementTable table, CancellationToken ct)
    {
        Say("Injection", "stays data: the holes of an interpolated text are parameters.");
        var name = "x'; drop table orders; --";
        var found = await orders.QueryAsync<long>($"select id from customers where name = {name}", ct);
        table.Print();
        Say("Answer", $"{found.Count} customers are called \"{name}\", and there are still {await orders.ExecuteScalarAsync<long>("select count(*) from orders", ct):N0} orders.");
        table.Clear();
    }

    private static void Explain(IRoutingDatabase orders)
    {
        Say("Explain", "tells where a statement would go, without sending it.");
        Line(orders.Explain("select * from orders where id = 7").ToString());
        Line(orders.Explain("with gone as (delete from orders returning id) select count(*) from gone").ToString());
    }

    private static void RefuseConfiguration()
    {
        Say("A bad configuration", "is refused at start, with every problem at once.");
        var bad = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Routing:DataSources:orders:Provider"] = "Sqlite",
            ["Routing:DataSources:orders:Nodes:file:ConnectionString"] = "Data Source=orders.db",
            ["Routing:DataSources:orders:Nodes:file:Wieght"] = "3",
            ["Routing:DataSources:orders:Pool:MaxSize"] = "many",
            ["Routing:DataSources:orders:Timeouts:Connect"] = "00:20:00",
        }).Build();
        try
        {
            Build(bad).Start();
            throw new InvalidOperationException("The bad configuration was accepted.");
        }
        catch (RoutingConfigurationException refused)
        {
            Line(refused.Message);
        }
    }

    private static async Task WaitForReplicasAsync(IRoutingDatabase orders, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (orders.Explain("select 1 from orders").Reason != Routing.Routes.RouteReason.ReadGoesToReplica)
        {
            await Task.Delay(50, patience.Token);
        }
    }

    private static void Say(string what, string text) => AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{what}[/] {text}");

    private static void Line(string text)
    {
        AnsiConsole.WriteLine(text);
        AnsiConsole.WriteLine();
    }
}
