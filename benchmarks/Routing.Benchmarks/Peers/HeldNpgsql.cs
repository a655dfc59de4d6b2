using Npgsql;
using NpgsqlTypes;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>
/// Npgsql on one connection that is opened once and never reset, with commands prepared once, rows read by hand: the least
/// that asking the server costs at all. Nothing that serves more than one caller can do this.
/// </summary>
internal sealed class HeldNpgsql(string connectionString) : Peer
{
    public const string Label = "Npgsql, prepared on a held connection, rows read by hand";

    private readonly NpgsqlConnection _connection = new(connectionString + ";Pooling=false");
    private readonly Dictionary<string, NpgsqlCommand> _prepared = [];

    public override string Name => Label;

    public override async ValueTask<OrderRow> ReadAsync(long id)
    {
        var command = await PreparedAsync(OrderRow.ById, "id");
        command.Parameters[0].Value = id;
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? Row(reader) : throw new InvalidOperationException($"There is no order {id}.");
    }

    public override async ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after)
    {
        var command = await PreparedAsync(ListText, "after");
        command.Parameters[0].Value = after;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<OrderRow>();
        while (await reader.ReadAsync())
        {
            rows.Add(Row(reader));
        }

        return rows;
    }

    public override async ValueTask InsertAsync(long order, long cents) => await RunAsync(InsertText, order, cents);

    public override async ValueTask PayAsync(long order, long cents)
    {
        await PreparedAsync(UpdateText, "order", "cents");
        await PreparedAsync(InsertText, "order", "cents");
        await using var transaction = await _connection.BeginTransactionAsync();
        await RunAsync(UpdateText, order, cents);
        await RunAsync(InsertText, order, cents);
        await transaction.CommitAsync();
    }

    public override async ValueTask<long> SumAsync()
    {
        var command = await PreparedAsync(StreamText);
        await using var reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += Row(reader).TotalCents;
        }

        return sum;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var command in _prepared.Values)
        {
            await command.DisposeAsync();
        }

        await _connection.DisposeAsync();
    }

    private async ValueTask RunAsync(string text, long order, long cents)
    {
        var command = await PreparedAsync(text, "order", "cents");
        command.Parameters[0].Value = order;
        command.Parameters[1].Value = cents;
        await command.ExecuteNonQueryAsync();
    }

    private ValueTask<NpgsqlCommand> PreparedAsync(string text, params ReadOnlySpan<string> parameters) =>
        _prepared.TryGetValue(text, out var command) ? new(command) : PrepareAsync(text, parameters.ToArray());

    private async ValueTask<NpgsqlCommand> PrepareAsync(string text, string[] parameters)
    {
        if (_connection.FullState != System.Data.ConnectionState.Open)
        {
            await _connection.OpenAsync();
        }

        var command = new NpgsqlCommand(text, _connection);
        foreach (var name in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Bigint));
        }

        await command.PrepareAsync();
        _prepared.Add(text, command);
        return command;
    }

    private static OrderRow Row(NpgsqlDataReader reader) =>
        new() { Id = reader.GetInt64(0), Customer = reader.GetString(1), TotalCents = reader.GetInt64(2) };
}
