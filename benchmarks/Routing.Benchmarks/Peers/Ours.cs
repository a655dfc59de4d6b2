using Routing.Benchmarks.Figures;
using Routing.Testing;

namespace Routing.Benchmarks.Peers;

/// <summary>Routing itself, everything at its defaults: what the other peers are compared with.</summary>
internal sealed class Ours(RoutedHost host) : Peer
{
    public const string Label = "Routing";

    private readonly IRoutingDatabase _db = host.Database;

    public override string Name => Label;

    public static Ours OnPostgreSql(IEnumerable<string> nodes) => new(RoutedHost.OnPostgreSql(nodes, log: false));

    public static Ours OnMySql(string connectionString) => new(RoutedHost.OnMySql([connectionString], log: false));

    public static Ours OnSqlite(string connectionString) => new(RoutedHost.OnSqlite(connectionString, log: false));

    public override ValueTask<OrderRow> ReadAsync(long id) => _db.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id });

    public override ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after) => _db.QueryAsync<OrderRow>(ListText, new { after });

    public override async ValueTask InsertAsync(long order, long cents) => await _db.ExecuteAsync(InsertText, new { order, cents });

    public override async ValueTask PayAsync(long order, long cents) => await _db.TransactAsync(async (tx, ct) =>
    {
        await tx.ExecuteAsync(UpdateText, new { order, cents }, ct: ct);
        await tx.ExecuteAsync(InsertText, new { order, cents }, ct: ct);
    });

    public override async ValueTask<long> SumAsync()
    {
        long sum = 0;
        await foreach (var row in _db.StreamAsync<OrderRow>(StreamText))
        {
            sum += row.TotalCents;
        }

        return sum;
    }

    public override ValueTask DisposeAsync() => host.DisposeAsync();
}
