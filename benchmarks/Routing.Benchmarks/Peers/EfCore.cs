using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>
/// EF Core on PostgreSQL as its guide to performance has it: pooled contexts, compiled queries where a query is hot, no
/// tracking where nothing is changed.
/// </summary>
internal sealed class EfCore : Peer
{
    public const string Label = "EF Core, pooled contexts, compiled no-tracking queries";

    private static readonly Func<OrdersContext, long, Task<OrderRow>> ById = EF.CompileAsyncQuery(
        static (OrdersContext db, long id) => db.Orders.AsNoTracking().Single(order => order.Id == id));

    private static readonly Func<OrdersContext, long, IAsyncEnumerable<OrderRow>> After = EF.CompileAsyncQuery(
        static (OrdersContext db, long after) => db.Orders.AsNoTracking().Where(order => order.Id > after).OrderBy(static order => order.Id).Take(ListLength));

    private readonly NpgsqlDataSource _source;
    private readonly PooledDbContextFactory<OrdersContext> _contexts;

    public EfCore(string connectionString)
    {
        _source = NpgsqlDataSource.Create(connectionString);
        _contexts = new PooledDbContextFactory<OrdersContext>(new DbContextOptionsBuilder<OrdersContext>().UseNpgsql(_source).Options);
    }

    public override string Name => Label;

    public override async ValueTask<OrderRow> ReadAsync(long id)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        return await ById(db, id);
    }

    public override async ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        var rows = new List<OrderRow>();
        await foreach (var row in After(db, after))
        {
            rows.Add(row);
        }

        return rows;
    }

    public override async ValueTask InsertAsync(long order, long cents)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        db.Payments.Add(new Payment { OrderId = order, Cents = cents });
        await db.SaveChangesAsync();
    }

    public override async ValueTask PayAsync(long order, long cents)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Orders.Where(row => row.Id == order)
            .ExecuteUpdateAsync(row => row.SetProperty(static o => o.TotalCents, o => o.TotalCents - cents));
        db.Payments.Add(new Payment { OrderId = order, Cents = cents });
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    public override async ValueTask<long> SumAsync()
    {
        await using var db = await _contexts.CreateDbContextAsync();
        long sum = 0;
        await foreach (var row in db.Orders.AsNoTracking().OrderBy(static order => order.Id).AsAsyncEnumerable())
        {
            sum += row.TotalCents;
        }

        return sum;
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    private sealed class Payment
    {
        public long Id { get; set; }

        public long OrderId { get; set; }

        public long Cents { get; set; }
    }

    private sealed class OrdersContext(DbContextOptions<OrdersContext> options) : DbContext(options)
    {
        public DbSet<OrderRow> Orders => Set<OrderRow>();

        public DbSet<Payment> Payments => Set<Payment>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<OrderRow>(static order =>
            {
                order.ToTable("orders").HasKey(static row => row.Id);
                order.Property(static row => row.Id).HasColumnName("id").ValueGeneratedNever();
                order.Property(static row => row.Customer).HasColumnName("customer");
                order.Property(static row => row.TotalCents).HasColumnName("total_cents");
            });
            modelBuilder.Entity<Payment>(static payment =>
            {
                payment.ToTable("payments").HasKey(static row => row.Id);
                payment.Property(static row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
                payment.Property(static row => row.OrderId).HasColumnName("order_id");
                payment.Property(static row => row.Cents).HasColumnName("cents");
            });
        }
    }
}
