using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Many rows at once: what arrives is what an INSERT would have stored, all of it or nothing, and an error says where it is. Where an engine has
/// more than one way to load, each test goes every way.
/// </summary>
/// <remarks>
/// Seen to fail with warnings of LOAD DATA taken for success (MySQL: six tests), without the search for the refused row (SQL Server: five), with
/// what errors say about columns left out (SQLite), with loads that are no unit inside a transaction (the protocol server), and with the
/// place of an error lost in ending a COPY (PostgreSQL).
/// </remarks>
public abstract class BulkInsertSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    // More than two steps, the last of which is not full.
    /// <summary>How many rows there are.</summary>
    protected const int Many = 1234;

    private static readonly BulkInsertOptions InSteps = new() { BatchSize = 500 };

    private static readonly Wide[] Wides =
    [
        new(1, "plain", 1.5, 12.345m, true, [0, 1, 255], new DateTime(2026, 2, 28, 23, 59, 58, DateTimeKind.Unspecified), 7),
        new(2, "", -0.1, -99999999.99m, false, [], new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddTicks(1234560), int.MinValue),
        new(3, "tab\t line\n return\r back\\slash 'quote' \"double\" \\N %_;--", double.MaxValue, 0m, true, [9, 10, 13, 92], new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), int.MaxValue),
        new(4, "Grüße 日本語 🦄👩‍🚀 \u0001", 1e-300, 0.0000000001m, false, null, new DateTime(1999, 12, 31, 12, 0, 0, DateTimeKind.Unspecified), null),
        new(long.MaxValue, null, 0, 1m, true, [.. Enumerable.Range(0, 5000).Select(static i => (byte)i)], new DateTime(2026, 11, 21, 1, 2, 3, DateTimeKind.Unspecified), 0),
    ];

    /// <summary>The ways to load: the shared data source, and others on the same database.</summary>
    protected virtual IReadOnlyList<IRoutingDatabase> Ways => [Db];

    [Theory, SyncAndAsync]
    public Task What_is_stored_is_what_a_statement_stores(Verbs verbs) => OnEachWayAsync(async db =>
    {
        const string Columns = "id bigint primary key, words {0}, realnumber {1}, money {2}, flag {3}, moment {4}, whole integer";
        var text = string.Format(CultureInfo.InvariantCulture, Columns, Database.Text, Database.RealNumber, Database.Money, Database.Flag, Database.Moment);
        var (single, bulk) = (await Database.TableAsync(text), await Database.TableAsync(text));
        foreach (var row in Wides)
        {
            await Db.ExecuteAsync($"insert into {single.Raw} values ({row.Id}, {row.Words}, {row.RealNumber}, {row.Money}, {row.Flag}, {row.Moment}, {row.Whole})");
        }

        var options = new BulkInsertOptions { Columns = ["id", "words", new("realnumber", "RealNumber"), "money", "flag", "moment", "whole"] };
        Assert.Equal(Wides.Length, await verbs.BulkInsert(db, bulk.Name, Wides, options));
        Assert.Equal(await ValuesAsync(single), await ValuesAsync(bulk));
    });

    [Theory, SyncAndAsync]
    public Task Bytes_are_stored_as_they_are(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var table = await Database.TableAsync($"id bigint primary key, bytes {Database.Bytes}");
        Assert.Equal(Wides.Length, await verbs.BulkInsert(db, table.Name, Wides.Select(static row => new { row.Id, row.Bytes })));
        var stored = await Db.QueryAsync<byte[]?>($"select bytes from {table.Raw} order by id");
        Assert.Equal(Wides.Select(static row => row.Bytes), stored);
    });

    [Theory, SyncAndAsync]
    public Task Members_find_their_columns_without_case_and_every_row_arrives(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var told = new List<long>();
        Assert.Equal(Many, await verbs.BulkInsert(db, items.Name, Items(Many), InSteps with { Progress = told.Add }));
        Assert.Equal([500, 1000, 1234], told);

        // By the scope of the process, which reads what it wrote.
        Assert.Equal(Items(Many), await db.QueryAsync<Item>($"select id, name, amount from {items.Raw} order by id"));
    });

    [Fact]
    public Task Rows_come_from_an_asynchronous_sequence() => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        Assert.Equal(Many, await db.BulkInsertAsync(items.Name, AfterYielding(Items(Many)), InSteps));
        Assert.Equal(Items(Many), await db.QueryAsync<Item>($"select id, name, amount from {items.Raw} order by id"));
    });

    [Theory, SyncAndAsync]
    public Task Rows_come_from_a_reader(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var (from, to) = (await Database.ItemsAsync(Many), await Database.ItemsAsync(0));
        await Db.ExecuteAsync($"update {from.Raw} set name = {(string?)null} where id = {7}");
        await using var connection = Db.DataSource.CreateConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"select amount, id, name from {from.Name}";
        await using (var reader = await command.ExecuteReaderAsync())
        {
            Assert.Equal(Many, await verbs.BulkInsert(db, to.Name, reader));
            Assert.False(reader.IsClosed);
        }

        Assert.Equal(
            await db.QueryAsync<Item>($"select id, name, amount from {from.Raw} order by id", new StatementOptions { Intent = Intent.Write }),
            await db.QueryAsync<Item>($"select id, name, amount from {to.Raw} order by id"));
    });

    [Theory, SyncAndAsync]
    public Task Columns_that_are_not_named_get_their_defaults_and_null_is_not_one(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var table = await Database.TableAsync("id bigint primary key, given integer default 5, left_out integer default 6");
        var options = new BulkInsertOptions { Columns = ["id", new BulkColumn("given", "Value")] };
        await verbs.BulkInsert(db, table.Name, [new { Id = 1L, Value = (int?)null, Other = "x" }, new { Id = 2L, Value = (int?)1, Other = "y" }], options);
        Assert.Equal([(1, null, 6), (2, 1, 6)], await db.QueryAsync<(long, int?, int?)>($"select id, given, left_out from {table.Raw} order by id"));
    });

    [Theory, SyncAndAsync]
    public Task Given_numbers_win_over_the_columns_own(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var table = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await verbs.BulkInsert(db, table.Name, [new { Id = 70L, Name = "a" }, new { Id = 50L, Name = "b" }]);
        Assert.Equal([50, 70], await db.QueryAsync<long>($"select id from {table.Raw} order by id"));
        var other = await Database.TableAsync($"{Database.Identity}, name {Database.Text}");
        await verbs.BulkInsert(db, other.Name, [new { Name = "a" }, new { Name = "b" }]);
        Assert.Equal([1, 2], await db.QueryAsync<long>($"select id from {other.Raw} order by id"));
    });

    [Theory, SyncAndAsync]
    public Task Names_are_names_whatever_they_hold(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var (table, column) = (HostileName(), HostileName());
        var (quoted, quotedColumn) = (Db.Dialect.Name(table), Db.Dialect.Name(column));
        await Db.ExecuteAsync($"create table {quoted} (id bigint, {quotedColumn} integer)");
        try
        {
            var options = new BulkInsertOptions { Columns = ["ID", new BulkColumn(column, "Value")] };
            Assert.Equal(1, await verbs.BulkInsert(db, table, [new { Id = 1L, Value = 42 }], options));
            Assert.Equal(42, await db.QuerySingleAsync<int>($"select {quotedColumn} from {quoted}"));
        }
        finally
        {
            await Db.ExecuteAsync($"drop table {quoted}");
        }
    });

    [Theory, SyncAndAsync]
    public Task What_does_not_fit_is_refused_before_any_row(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.BulkInsert(db, items.Name, [new Extra(1, "a", 2)]));
        Assert.Equal(
            $"The bulk insert into '{items.Name}' does not fit: 'Total' of Extra has no column. The table has id, name, amount; Extra has Id, Name, Total. Name the columns, and the members that fill them, in 'BulkInsertOptions.Columns'. [RTG0702]",
            error.Message);
        error = await Assert.ThrowsAsync<InvalidOperationException>(() => verbs.BulkInsert(
            db, items.Name, [new Extra(1, "a", 2)], new BulkInsertOptions { Columns = ["id", "ID", "nothing", new("amount", "Sum")] }));
        Assert.Contains("does not fit: column 'id' would be filled twice; there is no column 'nothing'; Extra has no 'Sum' for column 'amount'. The table has", error.Message, StringComparison.Ordinal);
        Assert.Equal("RTG0702", Diagnostics.ErrorCodes.Of(error));
    });

    [Theory, SyncAndAsync]
    public Task A_table_that_is_not_there_is_the_databases_own_error(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var error = await Assert.ThrowsAnyAsync<DbException>(() => verbs.BulkInsert(db, "not_there", Items(1)));
        Assert.IsNotType<BulkInsertException>(error);
    });

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 700)]
    [InlineData(false, 700)]
    [InlineData(false, Many)]
    public Task A_key_that_is_there_twice_is_told_with_its_row_and_leaves_nothing(bool async, int at) => OnEachWayAsync(async db =>
    {
        var verbs = async ? Verbs.Asynchronous : Verbs.Blocking;
        var items = await Database.ItemsAsync(0);
        await Db.ExecuteAsync($"insert into {items.Raw} values ({0}, {"there"}, {0})");
        var rows = Items(Many).Select(item => item.Id == at ? item with { Id = 0 } : item);
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, items.Name, rows, InSteps));
        Assert.True((at, at, at) == (error.Row, error.FirstRow, error.LastRow), error.ToString());
        Assert.StartsWith($"Row {at} of the bulk insert into '{items.Name}' on 'db/a' was refused", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Nothing of it was kept. [RTG0701]", error.Message, StringComparison.Ordinal);
        Assert.Equal([0], await db.QueryAsync<long>($"select id from {items.Raw}", new StatementOptions { Intent = Intent.Write }));
    });

    [Theory, SyncAndAsync]
    public Task A_row_that_another_one_of_the_same_rows_contradicts_is_told(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var rows = Items(Many).Select(static item => item.Id == 900 ? item with { Id = 600 } : item);
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, items.Name, rows, InSteps));
        Assert.Equal(900, error.Row);
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task A_value_that_is_missing_is_told_with_its_row_and_column(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var rows = Items(Many).Select(static item => new { item.Id, item.Name, Amount = item.Id == 801 ? (long?)null : item.Amount });
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, items.Name, rows, InSteps));
        Assert.True((801, "amount") == (error.Row, error.Column), error.ToString());
        Assert.StartsWith($"Row 801 of the bulk insert into '{items.Name}' on 'db/a' was refused, column 'amount': ", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task Constraints_hold(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var table = await Database.TableAsync("id bigint primary key, amount integer check (amount > 0)");
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, table.Name, [new { Id = 1L, Amount = 1 }, new { Id = 2L, Amount = -1 }, new { Id = 3L, Amount = 1 }]));
        Assert.Equal(2, error.Row);
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {table.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task A_member_that_throws_is_told_with_its_row_and_column(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var rows = Enumerable.Range(1, 800).Select(static i => new Faulty(i));
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, items.Name, rows, InSteps));
        Assert.Equal((700, "amount"), (error.Row, error.Column));
        Assert.IsType<InvalidDataException>(error.InnerException);
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task A_row_that_is_null_is_told(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var error = await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(db, items.Name, [new Item(1, "a", 1), null!]));
        Assert.Equal(
            $"Row 2 of the bulk insert into '{items.Name}' on 'db/a' was refused: it is null. Nothing of it was kept. [RTG0701]", error.Message);
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task What_the_source_throws_comes_through_and_leaves_nothing(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        var mine = new InvalidDataException("mine");
        Assert.Same(mine, await Assert.ThrowsAsync<InvalidDataException>(() => verbs.BulkInsert(db, items.Name, Items(Many).Select(item => item.Id == 777 ? throw mine : item), InSteps)));
        Assert.Same(mine, await Assert.ThrowsAsync<InvalidDataException>(() => verbs.BulkInsert(db, items.Name, Items(Many), InSteps with { Progress = _ => throw mine })));
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
        Assert.Equal(1, await verbs.BulkInsert(db, items.Name, Items(1)));
    });

    [Theory, SyncAndAsync]
    public Task No_rows_are_no_error(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        Assert.Equal(0, await verbs.BulkInsert(db, items.Name, Items(0)));
    });

    [Theory, SyncAndAsync]
    public Task Inside_a_transaction_it_goes_with_it(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        await using var session = db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({-1}, {"before"}, {0})");
        await verbs.BulkInsert(transaction, items.Name, Items(Many), InSteps);
        Assert.Equal(Many + 1, await verbs.Scalar<int>(transaction, $"select count(*) from {items.Raw}"));
        await verbs.Rollback(transaction);
        Assert.Equal(0, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));

        transaction = await verbs.Begin(session);
        await verbs.BulkInsert(session, items.Name, Items(Many), InSteps);
        await verbs.Commit(transaction);
        Assert.Equal(Many, await verbs.Scalar<int>(session, $"select count(*) from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task A_failure_leaves_the_transaction_around_it_as_it_was(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        await using var session = db.OpenSession();
        var transaction = await verbs.Begin(session);
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({-1}, {"before"}, {0})");
        var rows = Items(Many).Select(static item => item.Id == 700 ? item with { Id = -1 } : item);
        await Assert.ThrowsAsync<BulkInsertException>(() => verbs.BulkInsert(transaction, items.Name, rows, InSteps));
        await verbs.Execute(transaction, $"insert into {items.Raw} values ({-2}, {"after"}, {0})");
        await verbs.Commit(transaction);
        Assert.Equal([-2, -1], await verbs.Query<long>(session, $"select id from {items.Raw} order by id"));
    });

    [Fact]
    public Task A_cancel_leaves_nothing_and_the_transaction_around_it_as_it_was() => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await db.BulkInsertAsync(items.Name, CancellingAt(700, cancel), InSteps, cancel.Token));
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));

        await using var session = db.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync($"insert into {items.Raw} values ({-1}, {"before"}, {0})");
        using var again = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transaction.BulkInsertAsync(items.Name, CancellingAt(700, again), InSteps, again.Token));
        await transaction.CommitAsync();
        Assert.Equal([-1], await session.QueryAsync<long>($"select id from {items.Raw}"));
    });

    [Theory, SyncAndAsync]
    public Task In_a_read_only_session_it_is_refused(Verbs verbs) => OnEachWayAsync(async db =>
    {
        var items = await Database.ItemsAsync(0);
        await using var session = db.OpenSession(new SessionOptions { ReadOnly = true });
        var error = await Assert.ThrowsAnyAsync<Exception>(() => verbs.BulkInsert(session, items.Name, Items(1)));
        Assert.True(Database.IsReadOnlyViolation(error) || Database.IsReadOnlyViolation(error.InnerException!), error.ToString());
        Assert.Equal(0, await db.QuerySingleAsync<int>($"select count(*) from {items.Raw}"));
    });

    /// <summary>Runs a test once per way.</summary>
    protected async Task OnEachWayAsync(Func<IRoutingDatabase, Task> test)
    {
        foreach (var way in Ways)
        {
            await test(way);
            await Leases.AllReturnedAsync(way);
        }
    }

    /// <summary>The items 1, 2, 3, ...</summary>
    protected static IEnumerable<Item> Items(int count) => Enumerable.Range(1, count).Select(static id => new Item(id, id % 10 == 0 ? null : "item " + id, id * 10L));

    /// <summary>Items, at one of which the token is cancelled.</summary>
    protected static IEnumerable<Item> CancellingAt(int row, CancellationTokenSource cancel) => Items(Many).Select(item =>
    {
        if (item.Id == row)
        {
            cancel.Cancel();
        }

        return item;
    });

    private static async IAsyncEnumerable<T> AfterYielding<T>(IEnumerable<T> rows)
    {
        foreach (var row in rows)
        {
            await Task.Yield();
            yield return row;
        }
    }

    /// <summary>Quotes of every engine, and words that would do harm outside of them.</summary>
    private static string HostileName() => $"x'\"`]; drop table items --{Guid.NewGuid():N}"[..50];

    private async Task<IReadOnlyList<string>> ValuesAsync(Table table)
    {
        var rows = new List<string>();
        await Database.SettleAsync();
        await using var connection = Db.DataSource.CreateConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"select * from {table.Name} order by id";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join("|", Enumerable.Range(0, reader.FieldCount).Select(i =>
                string.Create(CultureInfo.InvariantCulture, $"{reader.GetName(i)}={reader.GetValue(i).GetType().Name} {(reader.GetValue(i) is DateTime moment ? moment.ToString("O", CultureInfo.InvariantCulture) : reader.GetValue(i))}"))));
        }

        return rows;
    }

    public sealed record Wide(long Id, string? Words, double RealNumber, decimal Money, bool Flag, byte[]? Bytes, DateTime Moment, int? Whole);

    public sealed record Extra(long Id, string Name, long Total);

    public sealed class Faulty(long id)
    {
        public long Id => id;

        public string Name => "x";

        public long Amount => id == 700 ? throw new InvalidDataException("mine") : id;
    }
}
