using Routing.LocalServers;
using Routing.Testing;
using static Routing.IntegrationTests.RoutedHostExtensions;

namespace Routing.IntegrationTests.Sessions;

/// <summary>
/// With replay paused on all standbys, a read sees a write only on the primary: whose scope must see it goes there, and
/// whose need not stays on the standbys and sees the past.
/// </summary>
public sealed class ReadYourWritesTests(PrivatePostgreSqlCluster servers) : IClassFixture<PrivatePostgreSqlCluster>, IAsyncLifetime
{
    private const string Count = "select count(*) from t";
    private const string Insert = "insert into t (id) values (1)";

    private readonly PostgreSqlCluster _cluster = servers.Cluster;
    private RoutedHost _host = null!;

    private IRoutingDatabase Database => _host.Database;

    public async Task InitializeAsync()
    {
        var database = await _cluster.CreateDatabaseAsync();
        await _cluster.Primary.ExecuteAsAdminAsync("create table t (id int); grant all on t to app", database);
        await _cluster.WaitUntilReplicatedAsync();

        // The lag of paused standbys grows while a slow machine gets to the assertion; that they are behind is the point.
        _host = RoutedHost.OnPostgreSql(_cluster.Nodes.Select(n => n.ConnectionString(database)), new() { ["Reads:MaxStaleness"] = "00:30:00" });
        foreach (var standby in _cluster.Standbys)
        {
            await standby.PauseReplicationAsync();
        }
    }

    public async Task DisposeAsync()
    {
        await ResumeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_session_sees_its_write_and_returns_to_the_standbys_when_they_have_it()
    {
        await using var session = Database.OpenSession();
        Assert.True(await session.ExecuteScalarAsync<bool>(OnStandby));

        await session.ExecuteAsync(Insert);

        Assert.Equal(1, await session.ExecuteScalarAsync<long>(Count));
        Assert.False(await session.ExecuteScalarAsync<bool>(OnStandby));
        Assert.Equal(0, await session.ExecuteScalarAsync<long>(Count, options: Anything));
        await ResumeAsync();
        await Eventually.HoldsAsync("the session reads on a standby", () => session.ExecuteScalarAsync<bool>(OnStandby).AsTask());
        Assert.Equal(1, await session.ExecuteScalarAsync<long>(Count));
    }

    [Fact]
    public async Task One_shot_calls_see_what_the_process_wrote()
    {
        await Database.ExecuteAsync(Insert);

        Assert.Equal(1, await Database.ExecuteScalarAsync<long>(Count));
        Assert.Equal(0, await Database.ExecuteScalarAsync<long>(Count, options: Anything));
        await ResumeAsync();
        await Eventually.HoldsAsync("one-shot calls read on a standby", () => Database.ExecuteScalarAsync<bool>(OnStandby).AsTask());
        Assert.Equal(1, await Database.ExecuteScalarAsync<long>(Count));
    }

    [Fact]
    public async Task One_ambient_scope_sees_its_writes_and_another_need_not()
    {
        using (_host.Databases.BeginScope())
        {
            await Database.ExecuteAsync(Insert);
            Assert.Equal(1, await Database.ExecuteScalarAsync<long>(Count));
        }

        using (_host.Databases.BeginScope())
        {
            Assert.Equal(0, await Database.ExecuteScalarAsync<long>(Count));
        }
    }

    [Fact]
    public async Task A_token_carries_what_must_be_seen_to_another_session_and_scope()
    {
        ConsistencyToken token;
        await using (var writer = Database.OpenSession())
        {
            await writer.ExecuteAsync(Insert);
            token = writer.Scope.Token;
        }

        await using (var reader = Database.OpenSession(new SessionOptions { Token = token }))
        {
            Assert.Equal(1, await reader.ExecuteScalarAsync<long>(Count));
        }

        await using (var late = Database.OpenSession())
        {
            Assert.Equal(0, await late.ExecuteScalarAsync<long>(Count));
            late.Scope.Observe(token);
            Assert.Equal(1, await late.ExecuteScalarAsync<long>(Count));
        }

        using (_host.Databases.BeginScope(token))
        {
            Assert.Equal(1, await Database.ExecuteScalarAsync<long>(Count));
        }
    }

    [Fact]
    public async Task A_commit_gives_the_token_and_a_read_only_transaction_honours_it()
    {
        var commit = await Database.TransactAsync(async (tx, ct) => { await tx.ExecuteAsync(Insert, ct); });

        await using var reader = Database.OpenSession(new SessionOptions { Token = commit.Token });
        Assert.Equal(1, await reader.ExecuteScalarAsync<long>(Count));
        await using (var transaction = await reader.BeginTransactionAsync(new TransactionOptions { ReadOnly = true }))
        {
            Assert.Equal(1, await transaction.ExecuteScalarAsync<long>(Count));
            Assert.Equal("a", transaction.Node);
        }

        await using var other = Database.OpenSession();
        await using var stale = await other.BeginTransactionAsync(new TransactionOptions { ReadOnly = true });
        Assert.Equal(0, await stale.ExecuteScalarAsync<long>(Count));
    }

    [Fact]
    public async Task Transactions_by_text_streams_and_batches_leave_their_position_too()
    {
        await using (var session = Database.OpenSession())
        {
            await session.ExecuteAsync("begin");
            await session.ExecuteAsync(Insert);
            await session.ExecuteAsync("commit");
            Assert.Equal(1, await session.ExecuteScalarAsync<long>(Count));
        }

        await using (var session = Database.OpenSession())
        {
            await foreach (var _ in session.StreamAsync<int>("insert into t (id) values (2) returning id"))
            {
            }

            Assert.Equal(2, await session.ExecuteScalarAsync<long>(Count));
        }

        await using (var session = Database.OpenSession())
        {
            await session.ExecuteBatchAsync(new StatementBatch().Add(Insert).Add(Insert));
            Assert.Equal(4, await session.ExecuteScalarAsync<long>(Count));
        }
    }

    [Fact]
    public async Task A_routed_connection_sees_its_write_and_returns_to_the_standbys()
    {
        await using var connection = await Database.DataSource.OpenConnectionAsync();
        Assert.Equal(true, await ScalarAsync(connection, OnStandby));

        await ScalarAsync(connection, Insert);

        Assert.Equal(1L, await ScalarAsync(connection, Count));
        Assert.Equal("a", connection.DataSource);
        await ResumeAsync();
        await Eventually.HoldsAsync("the connection reads on a standby", async () => await ScalarAsync(connection, OnStandby) is true);
        Assert.Equal(1L, await ScalarAsync(connection, Count));
    }

    /// <remarks>The standbys have paused: without the position of what nobody saw they would answer.</remarks>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_written_over_the_drivers_own_connection_is_seen_after_its_pin(bool inSession)
    {
        await using var session = Database.OpenSession();
        Assert.True(await session.ExecuteScalarAsync<bool>(OnStandby));
        await using (var pin = await session.PinAsync())
        {
            await using var insert = pin.PhysicalConnection.CreateCommand();
            insert.CommandText = "insert into t values (1)";
            await insert.ExecuteNonQueryAsync();
        }

        ISqlRunner reader = inSession ? session : Database;
        Assert.Equal(1, await reader.ExecuteScalarAsync<long>(Count));
        Assert.False(await reader.ExecuteScalarAsync<bool>(OnStandby));
    }

    private static async Task<object?> ScalarAsync(RoutingConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    private async Task ResumeAsync()
    {
        foreach (var standby in _cluster.Standbys.Where(s => s.IsReplicationPaused))
        {
            await standby.ResumeReplicationAsync();
        }
    }
}
