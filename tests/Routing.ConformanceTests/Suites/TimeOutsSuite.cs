namespace Routing.ConformanceTests.Suites;

/// <summary>What takes longer than it may: how it says so, what that left, and that everything goes on afterwards.</summary>
public abstract class TimeOutsSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private static readonly StatementOptions OneSecond = new() { Timeout = TimeSpan.FromSeconds(1) };

    [Theory, SyncAndAsync]
    public async Task A_command_that_takes_too_long_says_so(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        foreach (var runner in new ISqlRunner[] { Db, session })
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Scalar<long>(runner, Database.LongQuery, options: OneSecond));
            Assert.True(Database.IsTimeout(error), error.ToString());
            Assert.NotNull(error.Data["Routing.Node"]);
            await StillWorksAsync(runner);
        }
    }

    [Fact]
    public async Task The_time_out_of_the_data_source_ends_commands_that_name_none()
    {
        await using var host = Database.Open(new() { ["Timeouts:Command"] = "00:00:01" });
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await host.Database.ExecuteScalarAsync<long>(Database.LongQuery));
        Assert.True(Database.IsTimeout(error), error.ToString());
        await StillWorksAsync(host.Database);
    }

    [Theory, SyncAndAsync]
    public async Task A_time_out_says_so_and_leaves_the_connection_usable(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.Command(Database.LongQuery);
        Assert.Equal(30, command.CommandTimeout);
        command.CommandTimeout = 1;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Scalar(command));
        Assert.True(Database.IsTimeout(error), error.ToString());
        Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
    }

    [Theory, SyncAndAsync]
    public async Task A_wait_for_a_connection_that_takes_too_long_says_so(Verbs verbs)
    {
        await using var host = Database.Open(new() { ["Pool:MaxSize"] = "1", ["Pool:RentTimeout"] = "00:00:02" });
        var items = await Database.ItemsAsync(1);
        await using var session = host.Database.OpenSession(new SessionOptions { Tag = "the holder" });
        await using (await session.PinAsync())
        {
            var error = await Assert.ThrowsAsync<PoolExhaustedException>(() => verbs.Execute(host.Database, $"delete from {items.Raw}"));
            Assert.Matches(
                "^Pool 'db/a'.* gave no connection within [0-9.]+ s: 1 active, 0 idle, 0 opening, at most 1; 0 waiting. Held longest by 'the holder' \\([0-9.]+ m?s\\)\\. .* Nothing was sent; a retry is safe\\. \\[RTG0101\\]$",
                error.Message);
        }

        await StillWorksAsync(host.Database);
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_write_that_takes_too_long_had_no_effect(Verbs verbs)
    {
        var table = await Database.TableAsync("x bigint");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Execute(Db, Database.LongWrite(table), args: null, OneSecond));
        Assert.True(Database.IsTimeout(error), error.ToString());
        Assert.Equal(0, await verbs.Scalar<int>(Db, $"select count(*) from {table.Raw}"));
        await StillWorksAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_transaction_in_which_something_took_too_long_rolls_back(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"update {items.Raw} set amount = {99}");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.Scalar<long>(transaction, Database.LongQuery, options: OneSecond));
        Assert.True(Database.IsTimeout(error), error.ToString());
        await verbs.Dispose(transaction);
        Assert.Equal(10, await verbs.Scalar<int>(session, $"select amount from {items.Raw}"));
        Assert.Equal(1, await verbs.Execute(session, $"update {items.Raw} set amount = {11}"));
    }

    [Fact]
    public async Task TransactAsync_does_not_rerun_what_took_too_long()
    {
        var attempts = 0;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Db.TransactAsync(async (transaction, ct) =>
        {
            attempts++;
            await transaction.ExecuteScalarAsync<long>(Database.LongQuery, options: OneSecond, ct: ct);
        }));
        Assert.True(Database.IsTimeout(error), error.ToString());
        Assert.Equal(1, attempts);
        await StillWorksAsync(Db);
    }

    [Fact]
    public async Task A_stream_whose_first_row_takes_too_long_says_so()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Task.Run(() => Db.StreamAsync<long>(Database.LongQuery, options: OneSecond).CountAsync()));
        Assert.True(Database.IsTimeout(error), error.ToString());
        await StillWorksAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task A_time_out_that_is_longer_than_its_command_says_nothing(Verbs verbs)
    {
        await using var session = Db.OpenSession();
        await using var pin = await session.PinAsync();
        foreach (var options in new[] { OneSecond, new StatementOptions { Timeout = TimeSpan.Zero }, null })
        {
            Assert.Equal(1, await verbs.Scalar<int>(session, "select 1", options: options));
        }
    }
}
