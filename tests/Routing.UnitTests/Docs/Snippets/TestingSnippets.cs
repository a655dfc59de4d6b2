using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Routing.UnitTests.Docs.Snippets;

#region testing-service
public sealed class OrderStore([FromKeyedServices("orders")] IRoutingDatabase db)
{
    public ValueTask<long> AddAsync(string customer, long total, CancellationToken ct) =>
        db.QuerySingleAsync<long>($"insert into orders (customer, total) values ({customer}, {total}) returning id", ct);

    public ValueTask<long> OwedAsync(string customer, CancellationToken ct) =>
        db.ExecuteScalarAsync<long>($"select coalesce(sum(total), 0) from orders where customer = {customer}", ct);
}
#endregion

#region testing-sqlite
public sealed class OrderStoreTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orders-").FullName;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Routing:DataSources:orders:Provider"] = "Sqlite",
                ["Routing:DataSources:orders:Nodes:file:ConnectionString"] = $"Data Source={Path.Combine(_folder, "orders.db")}",
            })
            .Build();
        var services = new ServiceCollection();
        services.AddDatabaseRouting(configuration.GetSection("Routing")).AddSqlite();
        services.AddSingleton<OrderStore>();
        _services = services.BuildServiceProvider();

        var db = _services.GetRequiredKeyedService<IRoutingDatabase>("orders");
        await db.ExecuteAsync("create table orders (id integer primary key, customer text not null, total integer not null)");
    }

    public async Task DisposeAsync()
    {
        // Closes the connections, so that the file can go.
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_customer_owes_the_sum_of_the_orders()
    {
        var store = _services.GetRequiredService<OrderStore>();
        await store.AddAsync("Ada", 12, CancellationToken.None);
        await store.AddAsync("Ada", 30, CancellationToken.None);

        Assert.Equal(42, await store.OwedAsync("Ada", CancellationToken.None));
    }
}
#endregion

public sealed class StatementClassTests : IAsyncLifetime
{
    private ServiceProvider _services = null!;

    public Task InitializeAsync()
    {
        #region testing-configure
        var services = new ServiceCollection();
        services.AddDatabaseRouting(options => options.DataSources["orders"] = new()
        {
            Provider = "PostgreSql",
            Nodes = { ["a"] = new() { ConnectionString = "Host=nowhere.invalid;Database=orders;Username=app" } },
        }).AddPostgreSql();
        #endregion
        _services = services.BuildServiceProvider();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    #region testing-explain
    [Theory]
    [InlineData("select customer, sum(total) from orders group by customer", Intent.Read)]
    [InlineData("select * from orders for update", Intent.Write)]
    [InlineData("select total_of(1)", Intent.Write)]
    public void A_statement_goes_where_I_think_it_goes(string sql, Intent expected)
    {
        var db = _services.GetRequiredKeyedService<IRoutingDatabase>("orders");

        Assert.Equal(expected, db.Explain(sql).Intent);
    }
    #endregion
}
