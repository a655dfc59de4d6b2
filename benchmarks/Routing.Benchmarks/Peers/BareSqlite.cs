using Microsoft.Data.Sqlite;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>Microsoft.Data.Sqlite by itself, a new connection for each call from the driver's own pool, rows read by hand.</summary>
internal sealed class BareSqlite(string connectionString) : Peer
{
    public const string Label = "Microsoft.Data.Sqlite alone, driver's pool, rows read by hand";

    public override string Name => Label;

    public override async ValueTask<OrderRow> ReadAsync(long id)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, OrderRow.ById, ("@id", id));
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? Row(reader) : throw new InvalidOperationException($"There is no order {id}.");
    }

    public override async ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, ListText, ("@after", after));
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<OrderRow>();
        while (await reader.ReadAsync())
        {
            rows.Add(Row(reader));
        }

        return rows;
    }

    public override async ValueTask InsertAsync(long order, long cents)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, InsertText, ("@order", order), ("@cents", cents));
        await command.ExecuteNonQueryAsync();
    }

    public override async ValueTask PayAsync(long order, long cents)
    {
        await using var connection = await OpenAsync();
        await using var transaction = connection.BeginTransaction();
        await using (var update = Command(connection, UpdateText, ("@order", order), ("@cents", cents)))
        {
            await update.ExecuteNonQueryAsync();
        }

        await using (var insert = Command(connection, InsertText, ("@order", order), ("@cents", cents)))
        {
            await insert.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }

    public override async ValueTask<long> SumAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, StreamText);
        await using var reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += Row(reader).TotalCents;
        }

        return sum;
    }

    public override ValueTask DisposeAsync() => default;

    private static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, long Value)> parameters)
    {
        // Made by the connection, a command belongs to the connection's open transaction.
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static OrderRow Row(SqliteDataReader reader) =>
        new() { Id = reader.GetInt64(0), Customer = reader.GetString(1), TotalCents = reader.GetInt64(2) };

    private async ValueTask<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }
}
