using Npgsql;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>Npgsql by itself with default settings, rows read by hand: the least that reaching the server costs without preparing.</summary>
internal sealed class BareNpgsql(string connectionString) : Peer
{
    public const string Label = "Npgsql alone, defaults, rows read by hand";

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    public override string Name => Label;

    public override async ValueTask<OrderRow> ReadAsync(long id)
    {
        await using var command = _source.CreateCommand(OrderRow.ById);
        command.Parameters.Add(new NpgsqlParameter<long>("id", id));
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? Row(reader) : throw new InvalidOperationException($"There is no order {id}.");
    }

    public override async ValueTask<IReadOnlyList<OrderRow>> ListAsync(long after)
    {
        await using var command = _source.CreateCommand(ListText);
        command.Parameters.Add(new NpgsqlParameter<long>("after", after));
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
        await using var command = _source.CreateCommand(InsertText);
        await RunAsync(command, order, cents);
    }

    public override async ValueTask PayAsync(long order, long cents)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var update = new NpgsqlCommand(UpdateText, connection, transaction))
        {
            await RunAsync(update, order, cents);
        }

        await using (var insert = new NpgsqlCommand(InsertText, connection, transaction))
        {
            await RunAsync(insert, order, cents);
        }

        await transaction.CommitAsync();
    }

    public override async ValueTask<long> SumAsync()
    {
        await using var command = _source.CreateCommand(StreamText);
        await using var reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
        {
            sum += Row(reader).TotalCents;
        }

        return sum;
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task RunAsync(NpgsqlCommand command, long order, long cents)
    {
        command.Parameters.Add(new NpgsqlParameter<long>("order", order));
        command.Parameters.Add(new NpgsqlParameter<long>("cents", cents));
        await command.ExecuteNonQueryAsync();
    }

    private static OrderRow Row(NpgsqlDataReader reader) =>
        new() { Id = reader.GetInt64(0), Customer = reader.GetString(1), TotalCents = reader.GetInt64(2) };
}
