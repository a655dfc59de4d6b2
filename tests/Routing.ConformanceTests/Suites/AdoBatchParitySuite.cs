using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests.Suites;

/// <summary>Batches: as the driver's own, where it has them.</summary>
public abstract class AdoBatchParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Batches(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            seen.Note("can", connection.CanCreateBatch);
            seen.Try("create", () => connection.CreateBatch().BatchCommands.Count);
            if (!connection.CanCreateBatch)
            {
                return;
            }

            await using var batch = connection.CreateBatch();
            seen.Note("time-out", batch.Timeout);
            Fill(batch);
            {
                await using var reader = await verbs.Reader(batch);
                do
                {
                    seen.Note("fields", reader.FieldCount);
                    while (await verbs.Read(reader))
                    {
                        seen.Note("row", reader.GetValue(0));
                    }
                }
                while (await verbs.NextResult(reader));

                await verbs.Close(reader);
                seen.Note("affected", reader.RecordsAffected);
                seen.Note("each", batch.BatchCommands.Select(static command => command.RecordsAffected.ToString(CultureInfo.InvariantCulture)));
            }

            Fill(batch);
            seen.Note("scalar", await verbs.Scalar(batch));
            Fill(batch);
            seen.Note("non-query", await verbs.NonQuery(batch));
            batch.Cancel();
            batch.BatchCommands.Clear();
            batch.Add($"update {items.Name} set amount = amount where id < 3");
            batch.Add($"select id from {items.Name} where id > 1 order by id");
            batch.Add($"select name from {items.Name} where id = 3");
            batch.Add($"insert into {items.Name} (id, amount) values (1, 1)");
            batch.Add("select 1");
            await seen.TryAsync("failing", () => verbs.NonQuery(batch));
            await seen.TryAsync("failing scalar", () => verbs.Scalar(batch));
            batch.BatchCommands.RemoveAt(3);
            seen.Note("scalar without it", await verbs.Scalar(batch));
            batch.Connection = null;
            await seen.TryAsync("no connection", () => verbs.Scalar(batch));
        });

        // Npgsql's own batch does not run again with the parameters it ran with.
        void Fill(DbBatch batch)
        {
            batch.BatchCommands.Clear();
            batch.Add($"update {items.Name} set amount = amount where id < 3");
            batch.Add($"select id from {items.Name} where id > @from order by id", ("from", 1L));
            batch.Add($"select name from {items.Name} where id = @id", ("id", 3L));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_batch_runs_again_with_its_parameters(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        if (!connection.CanCreateBatch)
        {
            return;
        }

        await using var batch = connection.CreateBatch();
        batch.Add("select @value", ("value", "first"));
        foreach (var value in new[] { "first", "second", "third" })
        {
            batch.BatchCommands[0].Parameters[0].Value = value;
            Assert.Equal(value, await verbs.Scalar(batch));
        }
    }

    [Theory, SyncAndAsync]
    public async Task A_disposed_batch_is_refused(Verbs verbs)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        if (!connection.CanCreateBatch)
        {
            return;
        }

        var batch = connection.CreateBatch();
        await verbs.Dispose(batch);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => verbs.Scalar(batch));
        Assert.Throws<ObjectDisposedException>(batch.Prepare);
    }
}
