using Npgsql;
using Routing.LocalServers;

namespace Routing.StressTests.Servers;

/// <summary>The servers other tests build on keep their promise: what was committed survives kill -9, on every node.</summary>
public sealed class KilledPrimaryTests
{
    private const int Writers = 4;
    private const int RowsBetweenKills = 200;

    private static readonly int Kills = Environment.GetEnvironmentVariable("ROUTING_LONG") == "1" ? 30 : 4;

    [Fact]
    public async Task Rows_whose_commit_was_acknowledged_survive_every_kill_of_the_primary()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(cluster.Primary.ConnectionString(database));
        await using (var create = source.CreateCommand("create table t (id bigint primary key)"))
        {
            await create.ExecuteNonQueryAsync();
        }

        var acknowledged = new HashSet<long>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(w => WriteAsync(source, w, acknowledged, stop.Token)).ToArray();
        for (var kill = 1; kill <= Kills; kill++)
        {
            await UntilAcknowledgedAsync(acknowledged, kill * RowsBetweenKills);
            await cluster.Primary.KillAsync();
            await cluster.Primary.RestartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await cluster.WaitUntilStreamingAsync();
        await cluster.WaitUntilReplicatedAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Subset(await ReadAsync(node, database), acknowledged);
        }
    }

    private static async Task WriteAsync(NpgsqlDataSource source, int writer, HashSet<long> acknowledged, CancellationToken stop)
    {
        for (var id = (long)writer; !stop.IsCancellationRequested; id += Writers)
        {
            try
            {
                await using var insert = source.CreateCommand("insert into t values ($1)");
                insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = id });
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                lock (acknowledged)
                {
                    acknowledged.Add(id);
                }
            }
            catch (NpgsqlException)
            {
                // The primary is down, or died before it answered: the row may be there or not. Not to spin meanwhile.
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }

    private static async Task UntilAcknowledgedAsync(HashSet<long> acknowledged, int rows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            lock (acknowledged)
            {
                if (acknowledged.Count >= rows)
                {
                    return;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
        }
    }

    private static async Task<ISet<long>> ReadAsync(PostgreSqlNode node, string database)
    {
        await using var source = NpgsqlDataSource.Create(node.ConnectionString(database));
        await using var command = source.CreateCommand("select id from t");
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new HashSet<long>();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }
}
