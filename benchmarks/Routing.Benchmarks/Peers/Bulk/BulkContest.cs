using System.Data.Common;
using Dapper;
using Routing.Testing;

namespace Routing.Benchmarks.Peers.Bulk;

/// <summary>A row of the loads: a key, a text, a number, a moment.</summary>
internal sealed record LoadedRow(long Id, string Customer, long Cents, DateTime At)
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>So many different rows.</summary>
    public static LoadedRow[] Many(int count) => [.. Enumerable.Range(1, count).Select(static i => new LoadedRow(i, "customer " + (i % 977), i * 37L % 100_000, Start.AddSeconds(i)))];
}

/// <summary>
/// One engine's table with an empty start for each load, and the ways to fill it: Routing's, the driver's own bulk path written by hand,
/// and Dapper with one Execute per row in one transaction.
/// </summary>
internal abstract class BulkContest : IAsyncDisposable
{
    private const string Insert = "insert into loaded (id, customer, cents, at) values (@Id, @Customer, @Cents, @At)";

    private RoutedHost? _host;

    /// <summary>What the driver's own way is called.</summary>
    public abstract string NativeLabel { get; }

    /// <summary>Starts the server and makes the table.</summary>
    public async Task StartAsync()
    {
        await OpenAsync();
        await using var connection = Connect();
        await connection.ExecuteAsync(Table);
        _host = Host();
    }

    /// <summary>Empties the table; nobody's time.</summary>
    public async Task ClearAsync()
    {
        await using var connection = Connect();
        await connection.ExecuteAsync(Clear);
    }

    public async Task LoadOursAsync(LoadedRow[] rows) => await _host!.Database.BulkInsertAsync("loaded", rows);

    public abstract Task LoadNativeAsync(LoadedRow[] rows);

    public async Task LoadPerRowAsync(LoadedRow[] rows)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var row in rows)
        {
            await connection.ExecuteAsync(Insert, row, transaction);
        }

        await transaction.CommitAsync();
    }

    /// <summary>How many rows there are.</summary>
    public async Task<long> CountAsync()
    {
        await using var connection = Connect();
        return await connection.ExecuteScalarAsync<long>("select count(*) from loaded");
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await CloseAsync();
    }

    protected abstract string Table { get; }

    protected virtual string Clear => "truncate table loaded";

    protected abstract Task OpenAsync();

    protected abstract ValueTask CloseAsync();

    protected abstract RoutedHost Host();

    /// <summary>A connection of the driver's, from its own pool.</summary>
    protected abstract DbConnection Connect();
}
