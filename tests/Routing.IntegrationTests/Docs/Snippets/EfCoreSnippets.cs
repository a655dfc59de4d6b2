using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Routing.IntegrationTests.Docs.Snippets;

internal static class EfCoreSnippets
{
    public static void Before(IServiceCollection services, string connectionString)
    {
        #region ef-before
        services.AddDbContext<ShopContext>(options => options.UseNpgsql(connectionString));
        #endregion
    }

    public static async Task<List<Order>> Unpaid(ShopWork work, CancellationToken ct)
    {
        #region ef-use
        var unpaid = await work.ReadAsync((context, token) => context.Orders.Where(order => !order.Paid).ToListAsync(token), ct);

        await work.WriteAsync(
            async (context, token) =>
            {
                var order = await context.Orders.SingleAsync(order => order.Id == unpaid[0].Id, token);
                order.Paid = true;
                context.Add(new Payment { OrderId = order.Id });
                await context.SaveChangesAsync(token);
            },
            ct);
        #endregion
        return unpaid;
    }
}

#region ef-context
public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Payment> Payments => Set<Payment>();
}
#endregion

#region ef-work
public sealed class ShopWork([FromKeyedServices("shop")] IRoutingDatabase db)
{
    /// <summary>Reads on a replica, or on the primary when no replica will do.</summary>
    public async Task<TResult> ReadAsync<TResult>(Func<ShopContext, CancellationToken, Task<TResult>> work, CancellationToken ct)
    {
        await using var session = db.OpenSession();
        await using var pin = await session.PinAsync(Intent.Read, ct);
        await using var context = ContextOn(pin);
        return await work(context, ct);
    }

    /// <summary>Writes on the primary, all or nothing; later reads of this process see it.</summary>
    public async Task WriteAsync(Func<ShopContext, CancellationToken, Task> work, CancellationToken ct)
    {
        await using var session = db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync(ct: ct);
        await using (var pin = await session.PinAsync(Intent.Write, ct))
        {
            await using var context = ContextOn(pin);
            await work(context, ct);
        }

        await transaction.CommitAsync(ct);
    }

    private static ShopContext ContextOn(SessionPin pin)
    {
        var context = new ShopContext(new DbContextOptionsBuilder<ShopContext>().UseNpgsql(pin.PhysicalConnection).Options);

        // The session has the transaction; EF Core must not begin one of its own.
        context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        return context;
    }
}
#endregion

public sealed class Order
{
    public long Id { get; set; }

    public string Customer { get; set; } = "";

    public bool Paid { get; set; }
}

public sealed class Payment
{
    public long Id { get; set; }

    public long OrderId { get; set; }
}
