using System.ComponentModel.DataAnnotations;
using System.ComponentModel.DataAnnotations.Schema;
using Microsoft.EntityFrameworkCore;

namespace Routing.ConformanceTests.Suites;

/// <summary>EF Core over the ADO.NET face, for engines whose EF Core provider accepts a connection that is not its driver's.</summary>
[OptionalSuite]
public abstract class EfCoreSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    /// <inheritdoc/>
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Db.ExecuteAsync("drop table if exists lines");
        await Db.ExecuteAsync("drop table if exists orders");
        await Db.ExecuteAsync($"create table orders ({Sql.Raw(Database.Identity)}, customer text not null, version integer not null)");
        await Db.ExecuteAsync($"create table lines ({Sql.Raw(Database.Identity)}, order_id bigint not null references orders (id), product text not null, quantity integer not null)");
        await Database.SettleAsync();
    }

    [Fact]
    public async Task Inserts_get_their_generated_keys()
    {
        await using var shop = OpenShop();
        var order = NewOrder("Ada", "tea", "milk");
        shop.Orders.Add(order);
        Assert.Equal(3, await shop.SaveChangesAsync());
        Assert.Equal(1, order.Id);
        Assert.Equal([1, 2], order.Lines.Select(static line => line.Id));
        shop.Orders.AddRange(NewOrder("Bob"), NewOrder("Cid"));
        Assert.Equal(2, shop.SaveChanges());
        Assert.Equal([1, 2, 3], await Db.QueryAsync<long>("select id from orders order by id"));
        Assert.Equal(2, await Db.ExecuteScalarAsync<int>("select count(*) from lines where order_id = 1"));
    }

    [Fact]
    public async Task Queries_see_what_was_saved()
    {
        await using var shop = OpenShop();
        shop.Orders.AddRange(NewOrder("Ada", "tea", "milk"), NewOrder("Bob", "tea"));
        await shop.SaveChangesAsync();
        shop.ChangeTracker.Clear();
        for (var use = 0; use < 3; use++)
        {
            var product = "tea";
            Assert.Equal(["Ada", "Bob"], await shop.Orders.Where(order => order.Lines.Any(line => line.Product == product)).OrderBy(order => order.Customer).Select(order => order.Customer).ToListAsync());
            Assert.Equal(2, shop.Orders.Include(static order => order.Lines).AsNoTracking().Single(static order => order.Customer == "Ada").Lines.Count);
            Assert.Equal(3, await shop.Lines.SumAsync(static line => line.Quantity));
            Assert.Null(await shop.Orders.FirstOrDefaultAsync(static order => order.Customer == "nobody"));
        }
    }

    [Fact]
    public async Task Tracked_changes_are_written_and_conflicts_found()
    {
        await using var shop = OpenShop();
        shop.Orders.Add(NewOrder("Ada", "tea"));
        await shop.SaveChangesAsync();

        await using var mine = OpenShop();
        await using var theirs = OpenShop();
        var first = await mine.Orders.SingleAsync();
        var second = await theirs.Orders.SingleAsync();
        (first.Customer, first.Version) = ("Ada L.", 2);
        (second.Customer, second.Version) = ("Ada K.", 2);
        Assert.Equal(1, await mine.SaveChangesAsync());
        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => theirs.SaveChangesAsync());
        Assert.Equal("Ada L.", await Db.QuerySingleAsync<string>("select customer from orders"));

        mine.Lines.RemoveRange(mine.Lines);
        mine.Orders.Remove(first);
        Assert.Equal(2, await mine.SaveChangesAsync());
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>("select count(*) from orders"));
    }

    [Fact]
    public async Task Transactions_commit_and_roll_back()
    {
        await using var shop = OpenShop();
        await using (var transaction = await shop.Database.BeginTransactionAsync())
        {
            shop.Orders.Add(NewOrder("Ada"));
            await shop.SaveChangesAsync();
            await transaction.CreateSavepointAsync("before_bob");
            shop.Orders.Add(NewOrder("Bob"));
            await shop.SaveChangesAsync();
            await transaction.RollbackToSavepointAsync("before_bob");
            Assert.Equal(1, await shop.Orders.CountAsync());
            await transaction.CommitAsync();
        }

        shop.ChangeTracker.Clear();
        await using (shop.Database.BeginTransaction())
        {
            shop.Orders.Add(NewOrder("Cid"));
            shop.SaveChanges();
        }

        Assert.Equal(["Ada"], await Db.QueryAsync<string>("select customer from orders"));
    }

    [Fact]
    public async Task What_cannot_be_saved_leaves_nothing()
    {
        await using var shop = OpenShop();
        shop.Orders.AddRange(NewOrder("Ada"), NewOrder(null!));
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => shop.SaveChangesAsync());
        Assert.True(Database.IsUniqueViolation(error.InnerException!), error.ToString());
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>("select count(*) from orders"));
    }

    [Fact]
    public async Task A_context_gives_its_connection_back_after_each_operation()
    {
        await using var shop = OpenShop();
        shop.Orders.Add(NewOrder("Ada"));
        await shop.SaveChangesAsync();
        await Leases.AllReturnedAsync(Db);
        await shop.Orders.ToListAsync();
        await Leases.AllReturnedAsync(Db);
    }

    /// <summary>Makes the engine's EF Core provider use the connection.</summary>
    /// <param name="options">The context's options.</param>
    /// <param name="connection">A routed connection.</param>
    protected abstract void Use(DbContextOptionsBuilder options, RoutingConnection connection);

    private static Order NewOrder(string customer, params string[] products) => new()
    {
        Customer = customer,
        Version = 1,
        Lines = [.. products.Select(static product => new Line { Product = product, Quantity = 1 })],
    };

    private Shop OpenShop()
    {
        var options = new DbContextOptionsBuilder<Shop>();
        Use(options, Db.DataSource.CreateConnection());
        return new Shop(options.Options);
    }

    [Table("orders")]
    protected sealed class Order
    {
        [Column("id")]
        public long Id { get; set; }

        [Column("customer")]
        public required string Customer { get; set; }

        [Column("version"), ConcurrencyCheck]
        public int Version { get; set; }

        public List<Line> Lines { get; set; } = [];
    }

    [Table("lines")]
    protected sealed class Line
    {
        [Column("id")]
        public long Id { get; set; }

        [Column("order_id")]
        public long OrderId { get; set; }

        [Column("product")]
        public required string Product { get; set; }

        [Column("quantity")]
        public int Quantity { get; set; }
    }

    protected sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
    {
        public DbSet<Order> Orders => Set<Order>();

        public DbSet<Line> Lines => Set<Line>();
    }
}
