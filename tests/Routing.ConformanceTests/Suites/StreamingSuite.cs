namespace Routing.ConformanceTests.Suites;

/// <summary>Streams: rows as they come, and a connection that comes back however the enumeration ends.</summary>
public abstract class StreamingSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const int Many = 5000;

    public enum Runner
    {
        Database,
        Session,
        PinnedSession,
        SessionWithState,
        Transaction,
    }

    public static TheoryData<Runner> Runners => [.. Enum.GetValues<Runner>()];

    [Theory]
    [MemberData(nameof(Runners))]
    public async Task Rows_come_in_order_and_all_of_them(Runner runner)
    {
        var items = await Database.ItemsAsync(Many);
        await using var on = await OpenAsync(runner);
        var next = 0L;
        await foreach (var item in on.Runner.StreamAsync<Item>($"select id, name, amount from {items.Raw} where id > {0} order by id"))
        {
            Assert.Equal(new Item(++next, "item " + next, next * 10), item);
        }

        Assert.Equal(Many, next);
        Assert.Equal(2, await on.Runner.StreamAsync<long>($"select id from {items.Name} where id <= @last", new { last = 2 }).CountAsync());
        Assert.Equal(0, await on.Runner.StreamAsync<long>($"select id from {items.Raw} where id < {0}").CountAsync());
        await StillWorksAsync(on, items);
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public async Task Leaving_early_gives_the_connection_back_in_working_order(Runner runner)
    {
        var items = await Database.ItemsAsync(Many);
        await using var on = await OpenAsync(runner);
        for (var i = 0; i < 3; i++)
        {
            await foreach (var id in on.Runner.StreamAsync<long>($"select id from {items.Raw} order by id"))
            {
                if (id == 3)
                {
                    break;
                }
            }

            await StillWorksAsync(on, items);
        }
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public async Task An_exception_in_the_loop_gives_the_connection_back_in_working_order(Runner runner)
    {
        var items = await Database.ItemsAsync(Many);
        await using var on = await OpenAsync(runner);
        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var id in on.Runner.StreamAsync<long>($"select id from {items.Raw} order by id"))
            {
                if (id == 3)
                {
                    throw new InvalidDataException("mine");
                }
            }
        });
        await StillWorksAsync(on, items);
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public async Task A_row_that_does_not_fit_its_type_gives_the_connection_back_in_working_order(Runner runner)
    {
        var items = await Database.ItemsAsync(Many);
        await using var on = await OpenAsync(runner);
        await Assert.ThrowsAsync<System.Data.DataException>(async () => await on.Runner.StreamAsync<int>($"select name from {items.Raw}").CountAsync());
        if (runner is not Runner.Transaction)
        {
            await StillWorksAsync(on, items);
        }
    }

    [Theory]
    [InlineData(Runner.Database)]
    [InlineData(Runner.Session)]
    [InlineData(Runner.PinnedSession)]
    [InlineData(Runner.SessionWithState)]
    public async Task Leaving_an_endless_stream_does_not_wait_for_its_end(Runner runner)
    {
        var items = await Database.ItemsAsync(1);
        await using var on = await OpenAsync(runner);

        // On a thread of its own and with a bound, so that a driver that reads to the end is told about instead of waited for.
        await Task.Run(() => LeaveAtRowAsync(on.Runner, 100)).WaitAsync(TimeSpan.FromSeconds(30));

        try
        {
            await StillWorksAsync(on, items);
        }
        catch (RoutingException lost) when (on.HoldsOne && lost.Code == "RTG0302")
        {
            // How much was on its way when the cancel came is the server's affair: beyond a bound the connection is closed
            // rather than read on, and a session that kept it is told so.
        }
    }

    [Theory]
    [InlineData(Runner.Database)]
    [InlineData(Runner.Session)]
    [InlineData(Runner.PinnedSession)]
    [InlineData(Runner.SessionWithState)]
    public async Task Cancelling_between_rows_ends_the_stream(Runner runner)
    {
        var items = await Database.ItemsAsync(1);
        await using var on = await OpenAsync(runner);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var row in on.Runner.StreamAsync<long>(Database.EndlessRows, cancelled.Token))
            {
                if (row == 100)
                {
                    await cancelled.CancelAsync();
                }
            }
        });
        await StillWorksAsync(on, items);
    }

    [Fact]
    public async Task The_enumerators_token_cancels_as_well()
    {
        var items = await Database.ItemsAsync(1);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var row in Db.StreamAsync<long>(Database.EndlessRows).WithCancellation(cancelled.Token))
            {
                if (row == 100)
                {
                    await cancelled.CancelAsync();
                }
            }
        });
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public async Task An_error_after_the_first_rows_comes_through(Runner runner)
    {
        await using var on = await OpenAsync(runner);
        var rows = 0;
        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () =>
        {
            await foreach (var _ in on.Runner.StreamAsync<long>(Database.RowsThenFailure))
            {
                rows++;
            }
        });
        Assert.InRange(rows, 0, Database.MostRowsBeforeFailure);
        Assert.NotNull(error.Data["Routing.Node"]);
        if (runner is not Runner.Transaction && !(Database.LosesConnectionByFailure && on.HoldsOne))
        {
            Assert.Equal([1], await on.Runner.QueryAsync<int>("select 1"));
        }
    }

    [Fact]
    public async Task Nothing_is_rented_before_the_first_row_is_asked_for()
    {
        var items = await Database.ItemsAsync(3);
        var rows = Db.StreamAsync<long>($"select id from {items.Raw}");
        await Leases.AreActiveAsync(Db, 0);
        await using var enumerator = rows.GetAsyncEnumerator();
        await Leases.AreActiveAsync(Db, 0);
        Assert.True(await enumerator.MoveNextAsync());
        await Leases.AreActiveAsync(Db, 1);
    }

    [Fact]
    public async Task Two_streams_of_a_session_run_side_by_side()
    {
        var items = await Database.ItemsAsync(Many);
        await using var session = Db.OpenSession();
        await using var first = session.StreamAsync<long>($"select id from {items.Raw} order by id").GetAsyncEnumerator();
        await using var second = session.StreamAsync<long>($"select id from {items.Raw} order by id desc").GetAsyncEnumerator();
        for (var i = 0; i < Many; i++)
        {
            Assert.True(await first.MoveNextAsync());
            Assert.True(await second.MoveNextAsync());
            Assert.Equal(Many + 1, first.Current + second.Current);
        }

        Assert.False(await first.MoveNextAsync());
        Assert.False(await second.MoveNextAsync());
    }

    [Theory, SyncAndAsync]
    public async Task Statements_of_a_session_run_beside_its_stream(Verbs verbs)
    {
        var items = await Database.ItemsAsync(50);
        await using var session = Db.OpenSession();
        await foreach (var id in session.StreamAsync<long>($"select id from {items.Raw} order by id"))
        {
            Assert.Equal(1, await verbs.Execute(session, $"update {items.Raw} set amount = {id} where id = {id}"));
            Assert.Equal(id, await verbs.Scalar<long>(session, $"select amount from {items.Raw} where id = {id}"));
        }

        Assert.Equal(50, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw} where amount = id"));
    }

    [Fact]
    public async Task A_transaction_takes_nothing_else_while_it_streams()
    {
        var items = await Database.ItemsAsync(10);
        await using var session = Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await foreach (var _ in transaction.StreamAsync<long>($"select id from {items.Raw}"))
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.ExecuteAsync($"delete from {items.Raw}"));
            Assert.StartsWith($"A session is for one operation at a time: 'SELECT {items.Name}', started ", error.Message, StringComparison.Ordinal);
            break;
        }

        Assert.Equal(10, await transaction.ExecuteAsync($"delete from {items.Raw}"));
        await transaction.CommitAsync();
        Assert.Equal(0, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));
    }

    [Fact]
    public async Task A_stream_left_early_keeps_what_its_transaction_wrote()
    {
        var items = await Database.ItemsAsync(Many);
        await using var session = Db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"update {items.Raw} set amount = {1} where id = {1}");
        await foreach (var _ in transaction.StreamAsync<long>($"select id from {items.Raw}"))
        {
            break;
        }

        await transaction.ExecuteAsync($"update {items.Raw} set amount = {1} where id = {2}");
        await transaction.CommitAsync();
        Assert.Equal(2, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where amount = {1}"));
    }

    [Fact]
    public async Task Streams_work_while_the_pool_has_one_connection()
    {
        await using var host = Database.Open(new() { ["Pool:MaxSize"] = "1", ["Reads:Prefer"] = "Primary" });
        for (var i = 0; i < 10; i++)
        {
            await foreach (var row in host.Database.StreamAsync<long>(Database.EndlessRows))
            {
                if (row == 2)
                {
                    break;
                }
            }

            Assert.Equal([1], await host.Database.QueryAsync<int>("select 1"));
        }

        await Leases.AllReturnedAsync(host.Database);
    }

    private async Task LeaveAtRowAsync(ISqlRunner runner, long last)
    {
        await foreach (var row in runner.StreamAsync<long>(Database.EndlessRows))
        {
            if (row == last)
            {
                return;
            }
        }
    }

    private async Task StillWorksAsync(Opened on, Table items)
    {
        if (on.HoldsOne)
        {
            await Leases.AreActiveAsync(Db, 1);
        }
        else
        {
            await Leases.AllReturnedAsync(Db);
        }

        Assert.Equal(1, await on.Runner.ExecuteAsync($"update {items.Raw} set amount = amount where id = {1}"));
        Assert.Equal(1, await on.Runner.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where id = {1}"));
        Assert.Equal(1, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw} where id = {1}"));
    }

    private async Task<Opened> OpenAsync(Runner runner)
    {
        if (runner == Runner.Database)
        {
            return new Opened(Db, HoldsOne: false, []);
        }

        var session = Db.OpenSession();
        switch (runner)
        {
            case Runner.PinnedSession:
                return new Opened(session, HoldsOne: true, [await session.PinAsync(), session]);
            case Runner.SessionWithState:
                await session.ExecuteAsync(Database.SetSetting);
                return new Opened(session, HoldsOne: true, [session]);
            case Runner.Transaction:
                var transaction = await session.BeginTransactionAsync();
                return new Opened(transaction, HoldsOne: true, [transaction, session]);
            default:
                return new Opened(session, HoldsOne: false, [session]);
        }
    }

    private sealed record Opened(ISqlRunner Runner, bool HoldsOne, IAsyncDisposable[] Owned) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var owned in Owned)
            {
                await owned.DisposeAsync();
            }
        }
    }
}
