using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Several statements at once: all or none of them, in their order, on whatever they are sent.</summary>
public abstract class BatchesSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Fact]
    public async Task A_batch_applies_all_of_its_statements_or_none()
    {
        var items = await Database.ItemsAsync(1);
        var batch = new StatementBatch()
            .Add($"insert into {items.Raw} values ({2}, {"b"}, {20})")
            .Add($"update {items.Name} set amount = amount + @more", new { more = 1 });
        Assert.Equal(3, await Db.ExecuteBatchAsync(batch));
        Assert.Equal([11, 21], await Db.QueryAsync<long>($"select amount from {items.Raw} order by id"));

        var failing = new StatementBatch()
            .Add($"insert into {items.Raw} values ({3}, {"c"}, {30})")
            .Add($"insert into {items.Raw} values ({1}, {"twice"}, {10})");
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await Db.ExecuteBatchAsync(failing));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal([1, 2], await Db.QueryAsync<long>($"select id from {items.Raw} order by id"));
    }

    [Fact]
    public async Task A_session_goes_on_after_a_batch_that_failed()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await RefusedAsync(session, items);
        Assert.Equal(2, await session.ExecuteBatchAsync(Raise(items).Add($"insert into {items.Raw} values ({2}, {"b"}, {20})")));
        Assert.Equal([11, 20], await session.QueryAsync<long>($"select amount from {items.Raw} order by id"));
        await Leases.AllReturnedAsync(Db);
    }

    [Fact]
    public async Task A_batch_that_failed_takes_back_only_its_own_part_of_a_transaction()
    {
        var items = await Database.ItemsAsync(1);
        await Db.TransactAsync(async (transaction, ct) =>
        {
            await transaction.ExecuteBatchAsync(Raise(items), ct);
            await RefusedAsync(transaction, items);
            await transaction.ExecuteBatchAsync(Raise(items), ct);
        });
        Assert.Equal([12], await Db.QueryAsync<long>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_batch_goes_with_the_transaction_around_it()
    {
        var items = await Database.ItemsAsync(1);
        await using var session = Db.OpenSession();
        await using (await session.BeginTransactionAsync())
        {
            Assert.Equal(1, await session.ExecuteBatchAsync(Raise(items)));
        }

        await session.ExecuteAsync(Database.Begin, args: null);
        Assert.Equal(1, await session.ExecuteBatchAsync(Raise(items)));
        Assert.Equal(11, await session.ExecuteScalarAsync<int>($"select amount from {items.Raw}"));
        await session.ExecuteAsync("rollback", args: null);
        Assert.Equal([10], await Db.QueryAsync<long>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_batch_that_would_end_its_transaction_is_refused()
    {
        var items = await Database.ItemsAsync(1);
        foreach (var verb in new[] { "COMMIT", "ROLLBACK" })
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Db.ExecuteBatchAsync(Raise(items).Add(verb, args: null)));
            Assert.EndsWith("[RTG0409]", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal([10], await Db.QueryAsync<long>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_batch_whose_token_is_cancelled_or_that_is_empty_sends_nothing()
    {
        var items = await Database.ItemsAsync(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Db.ExecuteBatchAsync(Raise(items), new CancellationToken(canceled: true)));
        Assert.Equal(0, await Db.ExecuteBatchAsync(new StatementBatch()));
        Assert.Equal([10], await Db.QueryAsync<long>($"select amount from {items.Raw}"));
    }

    [Fact]
    public async Task A_batch_that_is_cancelled_while_it_runs_leaves_nothing()
    {
        var items = await Database.ItemsAsync(1);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Task.Run(() => Db.ExecuteBatchAsync(Raise(items).Add(Database.LongQuery, args: null), soon.Token).AsTask()));
        Assert.Equal([10], await Db.QueryAsync<long>($"select amount from {items.Raw}"));
        await StillWorksAsync(Db);
    }

    [Theory, SyncAndAsync]
    public async Task Batches_run_where_the_driver_has_them(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        Assert.Equal(Db.DataSource.ProviderFactory.CanCreateBatch, connection.CanCreateBatch);
        if (!connection.CanCreateBatch)
        {
            Assert.Throws<NotSupportedException>(connection.CreateBatch);
            return;
        }

        await using var batch = connection.CreateBatch();
        for (var use = 2; use <= 4; use++)
        {
            batch.BatchCommands.Clear();
            Add($"insert into {items.Name} values (@id, 'b', 1)", ("id", (long)use));
            Add($"update {items.Name} set amount = amount + @more", ("more", 1L));
            Add($"select count(*) from {items.Name}");
            await using var reader = verbs.Async ? await batch.ExecuteReaderAsync() : batch.ExecuteReader();
            Assert.True(await verbs.Read(reader));
            Assert.Equal(use, Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        batch.BatchCommands.Clear();
        Add($"insert into {items.Name} values (9, 'b', 1)");
        Add($"insert into {items.Name} values (1, 'twice', 1)");
        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.Async ? batch.ExecuteNonQueryAsync() : Task.FromResult(batch.ExecuteNonQuery()));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
        Assert.Equal(Database.BatchesAreAtomic ? 4 : 5, await Db.ExecuteScalarAsync<int>($"select count(*) from {items.Raw}"));

        void Add(string sql, params (string Name, object Value)[] parameters)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.Value = value;
                command.Parameters.Add(parameter);
            }

            batch.BatchCommands.Add(command);
        }
    }

    private static StatementBatch Raise(Table items) => new StatementBatch().Add($"update {items.Raw} set amount = amount + {1} where id = {1}");

    private async Task RefusedAsync(ISqlRunner runner, Table items)
    {
        var error = await Assert.ThrowsAnyAsync<DbException>(
            async () => await runner.ExecuteBatchAsync(Raise(items).Add($"insert into {items.Raw} values ({1}, {"twice"}, {10})")));
        Assert.True(Database.IsUniqueViolation(error), error.ToString());
    }
}
