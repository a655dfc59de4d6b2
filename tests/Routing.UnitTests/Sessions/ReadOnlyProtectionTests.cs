namespace Routing.UnitTests.Sessions;

/// <summary>A read-only session leaves the data unchanged, however a statement is sent.</summary>
public sealed class ReadOnlyProtectionTests
{
    private static readonly SessionOptions ReadOnly = new() { ReadOnly = true };

    public static TheoryData<string> Ways => ["buffered", "stream", "result sets", "pinned", "pinned stream", "with session state", "transaction"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Every_statement_runs_in_a_read_only_transaction(string way)
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        await using (var session = routing.Database.OpenSession(ReadOnly))
        {
            await SendAsync(session, way);
        }

        var transactions = routing.Primary.Connections.SelectMany(static connection => connection.Transactions).ToList();
        Assert.NotEmpty(transactions);
        Assert.All(transactions, static transaction => Assert.True(transaction.IsReadOnly));
        Assert.Equal(routing.Steps.Count(static step => step == "execute"), transactions.Count);
        routing.AssertAtRest(way);
    }

    [Fact]
    public async Task The_drivers_own_connection_is_not_handed_out()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession(ReadOnly);
        await using var pin = await session.PinAsync();
        var error = Assert.Throws<InvalidOperationException>(() => pin.PhysicalConnection);
        Assert.Equal(
            "This session is read-only, and what is sent over the driver's own connection could not be kept from writing. Hand out the connection of a session without 'ReadOnly'. [RTG0303]",
            error.Message);
    }

    [Fact]
    public async Task A_stream_with_explicit_intent_that_only_the_primary_is_left_to_serve_is_protected()
    {
        await using var routing = new FaultyRouting(Nodes.ReplicaIsDown);
        await foreach (var _ in routing.Database.StreamAsync<long>("select value from t", options: new StatementOptions { Intent = Intent.Read }))
        {
        }

        Assert.True(Assert.Single(routing.Primary.Connections.SelectMany(static connection => connection.Transactions)).IsReadOnly);
    }

    [Fact]
    public async Task A_command_with_explicit_intent_that_only_the_primary_is_left_to_serve_is_protected()
    {
        await using var routing = new FaultyRouting(Nodes.ReplicaIsDown);
        await using var connection = await routing.Database.DataSource.OpenConnectionAsync();
        connection.Intent = Intent.Read;
        await using var command = connection.CreateCommand();
        command.CommandText = "select value from t";
        await command.ExecuteScalarAsync();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
        }

        var transactions = routing.Primary.Connections.SelectMany(static opened => opened.Transactions).ToList();
        Assert.Equal(2, transactions.Count);
        Assert.All(transactions, static transaction => Assert.True(transaction is { IsReadOnly: true, Committed: true }));
    }

    private static async Task SendAsync(Session session, string way)
    {
        switch (way)
        {
            case "buffered":
                await session.ExecuteAsync("update t set x = 1");
                break;
            case "stream":
                await ReadAsync(session);
                break;
            case "result sets":
                await using (await session.QueryMultipleAsync("update t set x = 1 returning x"))
                {
                }

                break;
            case "pinned":
                await using (await session.PinAsync())
                {
                    await session.ExecuteAsync("update t set x = 1");
                }

                break;
            case "pinned stream":
                await using (await session.PinAsync())
                {
                    await ReadAsync(session);
                }

                break;
            case "with session state":
                await session.ExecuteAsync("pragma foreign_keys = on");
                await session.ExecuteAsync("update t set x = 1");
                break;
            default:
                await using (var transaction = await session.BeginTransactionAsync(new TransactionOptions()))
                {
                    await transaction.ExecuteAsync("update t set x = 1");
                    await transaction.CommitAsync();
                }

                break;
        }
    }

    private static async Task ReadAsync(Session session)
    {
        await foreach (var _ in session.StreamAsync<long>("update t set x = 1 returning x"))
        {
        }
    }
}
