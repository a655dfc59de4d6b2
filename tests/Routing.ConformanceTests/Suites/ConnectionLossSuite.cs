using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// The connection is lost at each step of its life. What is sent is recorded once; then it runs again for each message of the
/// conversation and is cut inside it and behind it, in either direction. On every engine alike: a read outlives it or says so, a
/// write is applied once, or not, or its caller is told that nobody knows; nothing hangs, nothing is half written, no lost connection is lent again.
/// </summary>
[OptionalSuite]
public abstract class ConnectionLossSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private const int Rows = 300;

    // All keys are as long as each other, so that all runs are.
    private const long FirstKey = 1000;

    // What other hosts wrote is on the primary for certain.
    private static readonly StatementOptions Writing = new() { Intent = Intent.Write };

    // More than a packet of the network, so that the answer comes in several pieces.
    private static readonly string Filling = new('x', 100);

    // Nothing else is asked beside what a test sends.
    private static readonly Dictionary<string, string> WithoutCatalogs = new(StringComparer.Ordinal) { ["Pool:Reset"] = "Always" };

    /// <summary>What is known of the rows that one run was to write.</summary>
    private enum Known
    {
        Applied,
        NotApplied,
        Unknown,
    }

    [Theory, SyncAndAsync]
    public async Task A_read_runs_once_more_and_nobody_notices(Verbs verbs)
    {
        var many = await ManyAsync();
        await using var host = await CutHost.OpenAsync(Database);
        await EachCutAsync(verbs, host, async () =>
        {
            host.Arm();
            Assert.Equal(Rows, (await verbs.Query<Item>(host.Db, $"select id, name, amount from {many.Raw} order by id")).Count);
        }, static error => Assert.Null(error));
    }

    [Fact]
    public async Task A_stream_gives_the_first_rows_of_all_and_says_that_the_others_are_missing()
    {
        var many = await ManyAsync();
        await using var host = await CutHost.OpenAsync(Database);
        var (seen, ended) = (0, false);
        await EachCutAsync(Verbs.Asynchronous, host, async () =>
        {
            (seen, ended) = (0, false);
            host.Arm();
            await foreach (var item in host.Db.StreamAsync<Item>($"select id, name, amount from {many.Raw} order by id"))
            {
                Assert.Equal(++seen, item.Id);
            }

            ended = true;
        }, error => IsToldOf(error, ended && seen == Rows));
    }

    [Theory, SyncAndAsync]
    public async Task A_reader_gives_the_first_rows_of_all_and_its_connection_goes_on(Verbs verbs)
    {
        var many = await ManyAsync();
        await using var host = await CutHost.OpenAsync(Database);
        var (seen, ended) = (0, false);
        await EachCutAsync(verbs, host, async () =>
        {
            (seen, ended) = (0, false);
            await using var connection = await host.Db.DataSource.OpenConnectionAsync();
            var lost = await Record.ExceptionAsync(async () =>
            {
                host.Arm();
                await using var reader = await verbs.Reader(connection.Command($"select id, name from {many.Name} order by id"));
                while (await verbs.Read(reader))
                {
                    Assert.Equal(++seen, reader.GetInt64(0));
                }

                ended = true;
            });

            // Nothing tied it to what was lost.
            Assert.Equal(1, Convert.ToInt32(await verbs.Scalar(connection.Command("select 1")), CultureInfo.InvariantCulture));
            Rethrow(lost);
        }, error => IsToldOf(error, ended && seen == Rows));
    }

    [Theory, SyncAndAsync]
    public Task A_write_is_applied_once_or_nobody_knows(Verbs verbs) => EachWriteAsync(verbs, rows: 1, async (host, table, key) =>
    {
        host.Arm();
        await verbs.Execute(host.Db, $"insert into {table.Raw} values ({key})");
    });

    [Theory, SyncAndAsync]
    public Task A_command_is_applied_once_or_nobody_knows(Verbs verbs) => EachWriteAsync(verbs, rows: 1, async (host, table, key) =>
    {
        await using var connection = await host.Db.DataSource.OpenConnectionAsync();
        host.Arm();
        await verbs.NonQuery(connection.Command($"insert into {table.Name} values (@key)", ("key", key)));
    });

    [Theory, SyncAndAsync]
    public Task A_transaction_is_applied_whole_or_not_at_all_or_nobody_knows(Verbs verbs) => EachWriteAsync(verbs, rows: 2, async (host, table, key) =>
    {
        await using var session = host.Db.OpenSession();
        host.Arm();
        var transaction = await verbs.Begin(session);
        try
        {
            await verbs.Execute(transaction, $"insert into {table.Raw} values ({key})");
            await verbs.Execute(transaction, $"insert into {table.Raw} values ({key})");
            await verbs.Commit(transaction);
        }
        catch (DbException error)
        {
            // What was meant for it never runs outside of it, however often its owner tries.
            var refused = await Record.ExceptionAsync(() => verbs.Execute(transaction, $"insert into {table.Raw} values ({key})"));
            Assert.NotNull(refused);
            Assert.True(refused is InvalidOperationException or RoutingException, $"{refused}\nafter {error}");
            throw;
        }
        finally
        {
            await verbs.Dispose(transaction);
            await verbs.Dispose(transaction);
        }
    });

    [Theory, SyncAndAsync]
    public Task A_transaction_of_a_routed_connection_is_applied_whole_or_not_at_all_or_nobody_knows(Verbs verbs) => EachWriteAsync(verbs, rows: 2, async (host, table, key) =>
    {
        await using var connection = await host.Db.DataSource.OpenConnectionAsync();
        var insert = connection.Command($"insert into {table.Name} values (@key)", ("key", key));
        host.Arm();
        var transaction = await verbs.Begin(connection);
        try
        {
            await verbs.NonQuery(insert);
            await verbs.NonQuery(insert);
            await verbs.Commit(transaction);
        }
        catch (DbException) when (transaction.Connection is not null)
        {
            var refused = await Record.ExceptionAsync(() => verbs.NonQuery(insert));
            Assert.True(refused is InvalidOperationException or RoutingException, refused?.ToString());
            throw;
        }
        finally
        {
            await verbs.Dispose(transaction);
        }
    });

    [Theory, SyncAndAsync]
    public async Task A_rollback_leaves_nothing_however_it_ends(Verbs verbs)
    {
        var table = await Database.TableAsync("x bigint");
        await using var host = await CutHost.OpenAsync(Database);
        await EachCutAsync(verbs, host, async () =>
        {
            await using var session = host.Db.OpenSession();
            var transaction = await verbs.Begin(session);
            await verbs.Execute(transaction, $"insert into {table.Raw} values ({1})");
            host.Arm();
            var lost = await Record.ExceptionAsync(() => verbs.Rollback(transaction));
            await verbs.Dispose(transaction);
            Assert.Equal([1], await verbs.Query<int>(session, $"select 1"));
            Rethrow(lost);
        }, error => IsToldOf(error, ended: error is null));
        Assert.Equal(0, await verbs.Scalar<int>(Db, "select count(*) from " + table.Name, options: Writing));
    }

    [Fact]
    public async Task TransactAsync_runs_again_until_it_is_applied_once_or_nobody_knows()
    {
        var attempts = 0;
        await EachWriteAsync(Verbs.Asynchronous, rows: 2, async (host, table, key) =>
        {
            host.Arm();
            await host.Db.TransactAsync(async (transaction, ct) =>
            {
                attempts = Math.Max(attempts, transaction.Attempt);
                await transaction.ExecuteAsync($"insert into {table.Raw} values ({key})", ct);
                await transaction.ExecuteAsync($"insert into {table.Raw} values ({key})", ct);
            });
        }, mayFail: static error => error is CommitOutcomeUnknownException);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public Task A_batch_is_applied_whole_or_not_at_all_or_nobody_knows() => EachWriteAsync(Verbs.Asynchronous, rows: 2, async (host, table, key) =>
    {
        host.Arm();
        await host.Db.ExecuteBatchAsync(new StatementBatch()
            .Add($"insert into {table.Raw} values ({key})")
            .Add($"insert into {table.Raw} values ({key})"));
    });

    [Theory, SyncAndAsync]
    public async Task A_batch_of_the_drivers_is_applied_or_nobody_knows(Verbs verbs)
    {
        if (!Db.DataSource.ProviderFactory.CanCreateBatch)
        {
            return;
        }

        await EachWriteAsync(verbs, rows: 2, async (host, table, key) =>
        {
            await using var connection = await host.Db.DataSource.OpenConnectionAsync();
            await using var batch = connection.CreateBatch();
            for (var i = 0; i < 2; i++)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = $"insert into {table.Name} values ({key})";
                batch.BatchCommands.Add(command);
            }

            host.Arm();
            await (verbs.Async ? batch.ExecuteNonQueryAsync() : Task.FromResult(batch.ExecuteNonQuery()));
        }, isAtomic: Database.BatchesAreAtomic);
    }

    [Theory, SyncAndAsync]
    public Task A_bulk_insert_loads_all_or_nothing_or_nobody_knows(Verbs verbs) => EachWriteAsync(verbs, rows: 50, async (host, table, key) =>
    {
        host.Arm();
        await verbs.BulkInsert(host.Db, table.Name, Enumerable.Repeat(new { x = key }, 50));
    });

    [Theory, SyncAndAsync]
    public async Task A_session_whose_pinned_connection_was_lost_says_so_and_runs_nothing_elsewhere(Verbs verbs)
    {
        await using var host = await CutHost.OpenAsync(Database);
        await EachCutAsync(verbs, host, async () =>
        {
            await using var session = host.Db.OpenSession();
            await using var pin = await session.PinAsync();
            await verbs.Execute(session, Database.SetSetting, args: null);
            host.Arm();
            Assert.Equal(Database.SettingValue, Text(await verbs.Scalar<object>(session, Database.ReadSetting)));
            await verbs.Scalar<object>(session, Database.ReadSetting);
            var again = await Record.ExceptionAsync(() => verbs.Scalar<object>(session, Database.ReadSetting));
            if (again is not null)
            {
                IsToldOf(again, ended: false);
                var refused = await Assert.ThrowsAsync<RoutingException>(() => verbs.Scalar<object>(session, Database.ReadSetting));
                Assert.Equal("RTG0302", refused.Code);
            }
        }, error => IsToldOf(error, ended: error is null));
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_lost_during_its_reset_is_not_lent_again(Verbs verbs)
    {
        await using var host = await CutHost.OpenAsync(Database);
        await EachCutAsync(verbs, host, async () =>
        {
            var session = host.Db.OpenSession();
            await verbs.Execute(session, Database.SetSetting, args: null);
            host.Arm();
            await verbs.Dispose(session);
            await Leases.AllReturnedAsync(host.Db);
            host.Disarm();
            Assert.NotEqual(Database.SettingValue, Text(await verbs.Scalar<object>(host.Db, Database.ReadSetting)));
        }, static error => Assert.Null(error));
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_lost_while_nobody_has_it_costs_nothing(Verbs verbs)
    {
        var table = await Database.TableAsync("x bigint");
        await using var host = await CutHost.OpenAsync(Database, new() { ["Pool:ValidateAfter"] = "00:00:00" });
        for (var i = 0; i < 4; i++)
        {
            host.CutAll(abruptly: i % 2 == 1);
            Assert.Equal(1, await verbs.Execute(host.Db, $"insert into {table.Raw} values ({i})"));
            host.CutAll(abruptly: i % 2 == 0);
            Assert.Equal(i + 1, await verbs.Scalar<int>(host.Db, $"select count(*) from {table.Raw}"));
            await using var connection = await host.Db.DataSource.OpenConnectionAsync();
            Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
            host.CutAll(abruptly: i % 2 == 1);
            Assert.NotNull(await verbs.Scalar(connection.Command("select 1")));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_that_the_server_ends_is_told_of_once(Verbs verbs)
    {
        var table = await Database.TableAsync("x bigint");
        await using var host = await CutHost.OpenAsync(Database, new() { ["Pool:ValidateAfter"] = "00:00:00" });
        await using var session = host.Db.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await verbs.Execute(transaction, $"insert into {table.Raw} values ({1})");
            await Database.EndConnectionAsync(await verbs.Scalar<int>(transaction, Database.ConnectionNumber));
            IsToldOf(await CutHost.FailureOfAsync(() => verbs.Execute(transaction, $"insert into {table.Raw} values ({1})")), ended: false);
            var refused = await Record.ExceptionAsync(() => verbs.Execute(transaction, $"insert into {table.Raw} values ({1})"));
            Assert.True(refused is InvalidOperationException or RoutingException, refused?.ToString());
        }

        await Database.EndConnectionAsync(await verbs.Scalar<int>(host.Db, Database.ConnectionNumber));
        Assert.Equal(1, await verbs.Execute(session, $"insert into {table.Raw} values ({2})"));
        Assert.Equal([2], await verbs.Query<long>(session, $"select x from {table.Raw}"));
    }

    [Theory, SyncAndAsync]
    public async Task A_connection_lost_while_it_is_opened_says_that_nothing_was_sent(Verbs verbs)
    {
        var table = await Database.TableAsync("x bigint");
        CutHost.Plan[] plans;
        await using (var measured = CutHost.Create(Database, WithoutCatalogs))
        {
            measured.Arm();
            await verbs.Execute(measured.Db, "select 1", args: null);
            plans = [.. measured.Plans()];
        }

        var lost = 0;
        for (var key = 0; key < plans.Length; key++)
        {
            await using var host = CutHost.Create(Database, WithoutCatalogs);
            host.Expect(plans[key]);
            host.Arm();
            var error = await CutHost.FailureOfAsync(() => verbs.Execute(host.Db, $"insert into {table.Raw} values ({key})"));
            var applied = await verbs.Scalar<int>(Db, $"select count(*) from {table.Name} where x = @key", new { key }, Writing);
            switch (error)
            {
                case null:
                    Assert.Equal(1, applied);
                    break;
                case NodeUnavailableException unavailable:
                    lost++;
                    Assert.Equal(0, applied);
                    Assert.Matches("(?s)^Pool 'db/a' could not open a connection: .* Nothing was sent; a retry is safe\\. \\[RTG0103\\]$", unavailable.Message);
                    Assert.True(unavailable.IsTransient);
                    break;
                default:
                    IsUnknown(error);
                    break;
            }

            await CutHost.EventuallyAsync(() => verbs.Query<int>(host.Db, $"select 1"));
            Assert.Equal(1, await verbs.Execute(host.Db, $"insert into {table.Raw} values ({-1 - key})"));
            await Leases.AllReturnedAsync(host.Db);
        }

        Assert.InRange(lost, 4, plans.Length);
        Assert.Equal(plans.Length, await verbs.Scalar<int>(Db, $"select count(*) from {table.Name} where x < 0", options: Writing));
    }

    /// <summary>Runs a write whole, then cut at each place, each time with a key of its own; in the end as many rows have it as its caller was told.</summary>
    private async Task EachWriteAsync(
        Verbs verbs, int rows, Func<CutHost, Table, long, Task> write, Func<DbException, bool>? mayFail = null, bool isAtomic = true)
    {
        var table = await Database.TableAsync("x bigint");
        var told = new Dictionary<long, Known>();
        await using var host = await CutHost.OpenAsync(Database);
        await EachCutAsync(verbs, host, () => write(host, table, FirstKey + told.Count), error =>
        {
            Assert.True(error is null || mayFail is null || mayFail((DbException)error), error?.ToString());
            told.Add(FirstKey + told.Count, error switch
            {
                null => Known.Applied,
                CommitOutcomeUnknownException => Known.Unknown,
                _ => Known.NotApplied,
            });
            IsToldOf(error, ended: error is null);
        });
        var applied = (await Db.QueryAsync<(long Key, int Rows)>($"select x, cast(count(*) as integer) from {table.Raw} group by x", options: Writing))
            .ToDictionary(static row => row.Key, static row => row.Rows);
        foreach (var (key, known) in told)
        {
            var found = applied.GetValueOrDefault(key);
            Assert.True(
                known switch
                {
                    Known.Applied => found == rows,
                    Known.NotApplied => found == 0,
                    _ => found == 0 || found == rows || (!isAtomic && found < rows),
                },
                $"Run {key} was told {known}, and has {found} of {rows} rows.");
        }

        Assert.Contains(Known.Applied, told.Values);
        Assert.Contains(Known.Unknown, told.Values);
    }

    /// <summary>Runs it whole, then cut at each place; each time everything works at once afterwards, and nothing stays rented.</summary>
    private static async Task EachCutAsync(Verbs verbs, CutHost host, Func<Task> run, Action<Exception?> check)
    {
        check(await RunAnewAsync(CutHost.Plan.None));
        check(await RunAnewAsync(CutHost.Plan.None));
        var plans = host.Plans().ToArray();
        var made = 0;
        foreach (var plan in plans)
        {
            var error = await RunAnewAsync(plan);
            try
            {
                check(error);
                await Leases.AllReturnedAsync(host.Db);
                made += host.WasCut ? 1 : 0;
                host.Expect(CutHost.Plan.None);
                await WorksAsync(verbs, host);
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"Cut toward the {plan.Toward} after {plan.After} bytes{(host.WasCut ? "" : " (not made)")}, which gave: {error}", failed);
            }
        }

        // A few at the very end may come too late to be made.
        Assert.InRange(made, plans.Length * 3 / 4, plans.Length);

        // What has run on a connection decides what comes along with the next statement. So that all runs say the same, each is on a new one.
        async Task<Exception?> RunAnewAsync(CutHost.Plan plan)
        {
            host.Expect(CutHost.Plan.None);
            host.CutAll(abruptly: false);
            await WorksAsync(verbs, host);
            await host.ExpectHereAsync(plan);
            return await CutHost.FailureOfAsync(run);
        }
    }

    private static async Task WorksAsync(Verbs verbs, CutHost host)
    {
        Assert.Null(await CutHost.FailureOfAsync(() => verbs.Query<int>(host.Db, $"select 1")));
        Assert.Null(await CutHost.FailureOfAsync(() => verbs.Scalar<int>(host.Db, "select 1", options: Writing)));
    }

    /// <summary>An error that says where and what; null only for what has ended well.</summary>
    private static void IsToldOf(Exception? error, bool ended)
    {
        switch (error)
        {
            case null:
                Assert.True(ended);
                break;
            case CommitOutcomeUnknownException:
                IsUnknown(error);
                break;
            default:
                Assert.True(error is DbException, error.ToString());
                Assert.Equal("a", error.Data["Routing.Node"]);
                break;
        }
    }

    private static void IsUnknown(Exception error)
    {
        var unknown = Assert.IsType<CommitOutcomeUnknownException>(error);
        Assert.Matches(
            "^The connection to 'db/a' was lost (between COMMIT and its answer: the .+ is applied whole or not at all|before '.+' was answered: it is not known whether it was applied)\\. A retry is not safe unless the work is idempotent; ask the data which it was\\. \\[RTG0402\\]$",
            unknown.Message);
        Assert.False(unknown.IsTransient);
        Assert.Equal("a", unknown.Data["Routing.Node"]);
        Assert.NotNull(unknown.InnerException);
    }

    private static void Rethrow(Exception? error)
    {
        if (error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }
    }

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);

    private async Task<Table> ManyAsync()
    {
        var many = await Database.ItemsAsync(Rows);
        await Db.ExecuteAsync($"update {many.Raw} set name = {Filling}");
        return many;
    }
}
