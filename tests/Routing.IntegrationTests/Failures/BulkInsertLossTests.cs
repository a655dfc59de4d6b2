using System.Data.Common;
using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.IntegrationTests.Failures;

/// <summary>
/// Bulk inserts whose connection is killed in the middle, which are cancelled at any moment, or which meet each other: every one is there
/// whole or not at all, whoever ran it is told which, and no connection is lost to the pool.
/// </summary>
public sealed class BulkInsertLossTests(PostgreSqlDatabase postgreSql, MariaDbDatabase mariaDb, ITestOutputHelper output)
    : IClassFixture<PostgreSqlDatabase>, IClassFixture<MariaDbDatabase>
{
    private const int Rows = 30_000;

    /// <summary>By COPY, by INSERTs of many rows, by LOAD DATA LOCAL.</summary>
    public static TheoryData<string> Ways { get; } = new("copy", "inserts", "load");

    private sealed record Line(int Batch, int Id, string Note);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_connection_killed_in_the_middle_leaves_nothing_and_is_told_as_what_it_is(string way)
    {
        await using var host = await StartAsync(way, "killed", places: 1);
        var session = await host.Database.ExecuteScalarAsync<long>(way == "copy" ? "select pg_backend_pid()::bigint" : "select connection_id()");

        var error = await Assert.ThrowsAnyAsync<DbException>(
            () => host.Database.BulkInsertAsync("killed", LinesAsync(1, at: Rows / 2, () => KillAsync(way, session))).AsTask().WaitAsync(Eventually.Bound));

        Assert.IsNotType<BulkInsertException>(error);
        await host.AllReturnedAsync();
        Assert.Equal(0, await CountAsync(host, "killed", 1));
        Assert.Equal(Rows, await host.Database.BulkInsertAsync("killed", LinesAsync(1)));
        Assert.Equal(Rows, await CountAsync(host, "killed", 1));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Cancelled_at_any_moment_it_is_there_whole_or_not_at_all(string way)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var host = await StartAsync(way, "cancelled", places: 2);
        var cancelled = 0;
        for (var batch = 1; batch <= 25; batch++)
        {
            using var cancel = new CancellationTokenSource();
            var at = random.Next(Rows * 5 / 4);
            var beside = random.Next(2) == 0;
            var load = host.Database.BulkInsertAsync(
                "cancelled",
                LinesAsync(batch, at, () => beside ? Task.Run(cancel.Cancel) : cancel.CancelAsync()),
                new BulkInsertOptions { BatchSize = 1 + random.Next(8000) },
                cancel.Token).AsTask();
            try
            {
                Assert.Equal(Rows, await load.WaitAsync(Eventually.Bound));
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }

            Assert.Equal(load.IsCompletedSuccessfully ? Rows : 0, await CountAsync(host, "cancelled", batch));
        }

        output.WriteLine($"{cancelled} cancelled");
        Assert.InRange(cancelled, 1, 25);
        await host.AllReturnedAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Of_two_that_load_the_same_keys_one_is_there_whole(string way)
    {
        await using var one = await StartAsync(way, "same", places: 2);
        await using var other = await StartAsync(way, "same", places: 2, create: false);

        var errors = await Task.WhenAll(
            Record.ExceptionAsync(() => one.Database.BulkInsertAsync("same", LinesAsync(1)).AsTask().WaitAsync(Eventually.Bound)),
            Record.ExceptionAsync(() => other.Database.BulkInsertAsync("same", LinesAsync(1, reversed: true)).AsTask().WaitAsync(Eventually.Bound)));

        output.WriteLine(string.Join("\n", errors.Select(static error => error?.Message ?? "loaded")));
        Assert.Single(errors, static error => error is null);
        Assert.IsAssignableFrom<DbException>(errors.Single(static error => error is not null));
        Assert.Equal(Rows, await CountAsync(one, "same", 1));
        await one.AllReturnedAsync();
        await other.AllReturnedAsync();
    }

    private async Task<RoutedHost> StartAsync(string way, string table, int places, bool create = true)
    {
        var settings = new Dictionary<string, string> { ["Pool:MaxSize"] = $"{places}" };
        var host = way switch
        {
            "copy" => RoutedHost.OnPostgreSql([postgreSql.Primary], settings, health: false),
            "load" => RoutedHost.OnMySql([mariaDb.Primary + ";AllowLoadLocalInfile=true"], settings, health: false),
            _ => RoutedHost.OnMySql([mariaDb.Primary], settings, health: false),
        };
        if (create)
        {
            // Both of MariaDB's ways use the same names, one after the other.
            await host.Database.ExecuteAsync($"drop table if exists {Sql.Raw(table)}");
            await host.Database.ExecuteAsync($"create table {Sql.Raw(table)} (batch int not null, id int not null, note varchar(100), primary key (batch, id))");
        }

        return host;
    }

    private static Task<long> CountAsync(RoutedHost host, string table, int batch) =>
        host.Database.ExecuteScalarAsync<long>($"select count(*) from {Sql.Raw(table)} where batch = {batch}", new StatementOptions { Intent = Intent.Write }).AsTask();

    private Task KillAsync(string way, long session) => way == "copy"
        ? postgreSql.Cluster.Primary.QueryAsAdminAsync($"select pg_terminate_backend({session})")
        : mariaDb.Cluster.Primary.ExecuteAsAdminAsync($"kill {session}");

    private static async IAsyncEnumerable<Line> LinesAsync(int batch, int at = -1, Func<Task>? then = null, bool reversed = false)
    {
        for (var i = 1; i <= Rows; i++)
        {
            if (i == at)
            {
                await then!();
            }

            yield return new Line(batch, reversed ? Rows + 1 - i : i, "some text of a usual length");
        }
    }
}
