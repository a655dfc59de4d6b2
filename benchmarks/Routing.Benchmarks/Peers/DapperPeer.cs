using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Routing.Benchmarks.Figures;
using Routing.LocalServers;

namespace Routing.Benchmarks.Peers;

/// <summary>Dapper over a connection that is opened for each call and comes from the driver's own pool.</summary>
internal abstract class DapperPeer : Peer
{
    public override async ValueTask<OrderRow> ReadAsync(long id)
    {
        await using var connection = await OpenToReadAsync();
        return await connection.QuerySingleAsync<OrderRow>(OrderRow.ById, new { id });
    }

    public override async ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after)
    {
        await using var connection = await OpenToReadAsync();
        return (await connection.QueryAsync<OrderRow>(ListText, new { after })).AsList();
    }

    public override async ValueTask InsertAsync(long order, long cents)
    {
        await using var connection = await OpenToWriteAsync();
        await connection.ExecuteAsync(InsertText, new { order, cents });
    }

    public override async ValueTask PayAsync(long order, long cents)
    {
        await using var connection = await OpenToWriteAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(UpdateText, new { order, cents }, transaction);
        await connection.ExecuteAsync(InsertText, new { order, cents }, transaction);
        await transaction.CommitAsync();
    }

    public override async ValueTask<long> SumAsync()
    {
        long sum = 0;
        await using var connection = await OpenToReadAsync();
        await foreach (var row in connection.QueryUnbufferedAsync<OrderRow>(StreamText))
        {
            sum += row.TotalCents;
        }

        return sum;
    }

    protected abstract ValueTask<DbConnection> OpenToReadAsync();

    protected virtual ValueTask<DbConnection> OpenToWriteAsync() => OpenToReadAsync();
}

/// <summary>Dapper over <see cref="NpgsqlDataSource"/> with default settings.</summary>
internal sealed class DapperOnNpgsql(string connectionString) : DapperPeer
{
    public const string Label = "Dapper over NpgsqlDataSource, defaults, open per call";

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    public override string Name => Label;

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async ValueTask<DbConnection> OpenToReadAsync() => await _source.OpenConnectionAsync();
}

/// <summary>Dapper over a new <see cref="SqliteConnection"/> for each call.</summary>
internal sealed class DapperOnSqlite(string connectionString) : DapperPeer
{
    public const string Label = "Dapper, new SqliteConnection per call, driver's pool";

    public override string Name => Label;

    public override ValueTask DisposeAsync() => default;

    protected override async ValueTask<DbConnection> OpenToReadAsync()
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }
}

/// <summary>Dapper over the MySQL driver of this build (MySql.Data unless told otherwise), with its own pool and default settings.</summary>
internal sealed class DapperOnMySql(string connectionString) : DapperPeer
{
    public const string Label = "Dapper over the MySQL driver's own pool, defaults, open per call";

    public override string Name => Label;

    public override ValueTask DisposeAsync() => default;

    protected override async ValueTask<DbConnection> OpenToReadAsync()
    {
        var connection = MariaDbDriver.CreateConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
