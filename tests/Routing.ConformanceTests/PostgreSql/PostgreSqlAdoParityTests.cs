using System.Data;
using System.Data.Common;
using Npgsql;
using NpgsqlTypes;
using Routing.ConformanceTests.Suites;

namespace Routing.ConformanceTests.PostgreSql;

public sealed class PostgreSqlAdoReaderParityTests(PostgreSqlConformanceDatabase database) : AdoReaderParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>
{
    [Theory, SyncAndAsync]
    public async Task Nested_rows_have_readers_of_their_own(Verbs verbs)
    {
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var reader = await verbs.Reader(connection.Command("select row(1, 'a'), array[row(2, 'b'), row(3, 'c')]"));
            Assert.True(await verbs.Read(reader));
            for (var column = 0; column < 2; column++)
            {
                using var nested = reader.GetData(column);
                while (nested.Read())
                {
                    seen.Note("nested", $"{nested.GetInt32(0)} {nested.GetString(1)}");
                }
            }
        });
    }
}

public sealed class PostgreSqlAdoColumnParityTests(PostgreSqlConformanceDatabase database) : AdoColumnParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>
{
    /// <summary>Npgsql asks for keys on a second connection.</summary>
    protected override CommandBehavior[] SchemaBehaviours => [CommandBehavior.Default, CommandBehavior.SchemaOnly];

    [Theory, SyncAndAsync]
    public async Task Key_columns_are_refused_at_once(Verbs verbs)
    {
        const string Refused =
            "The driver of PostgreSql asks for key columns on a second connection, which a routed one does not have. Leave 'CommandBehavior.KeyInfo' out, or read the keys from the database's catalog. [RTG0315]";
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var reader = await verbs.Reader(connection.Command("select 1"), CommandBehavior.KeyInfo);
        Assert.Equal(Refused, Assert.Throws<NotSupportedException>(() => reader.GetColumnSchema()).Message);
        Assert.Equal(Refused, Assert.Throws<NotSupportedException>(() => reader.GetSchemaTable()).Message);
        Assert.Equal(Refused, (await Assert.ThrowsAsync<NotSupportedException>(() => reader.GetColumnSchemaAsync())).Message);
        Assert.Equal(Refused, (await Assert.ThrowsAsync<NotSupportedException>(() => reader.GetSchemaTableAsync())).Message);
        Assert.True(await verbs.Read(reader));
    }
}

public sealed class PostgreSqlAdoCommandParityTests(PostgreSqlConformanceDatabase database) : AdoCommandParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>
{
    [Theory, SyncAndAsync]
    public async Task Tables_by_their_name(Verbs verbs)
    {
        var items = await Database.ItemsAsync(3);
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command(items.Name);
            command.CommandType = CommandType.TableDirect;
            await using var reader = await verbs.Reader(command);
            while (await verbs.Read(reader))
            {
                seen.Note("row", reader.GetInt64(0));
            }
        });
    }
}

public sealed class PostgreSqlAdoParameterParityTests(PostgreSqlConformanceDatabase database) : AdoParameterParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>
{
    [Theory, SyncAndAsync]
    public async Task Procedures_by_their_text(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        var name = "raise_" + items.Name;
        await Db.ExecuteAsync($"{Sql.Raw(Database.Procedure(name, items)!)}");
        await Database.SettleAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var call = connection.Command($"call {name}(@item, @more, null)", ("item", 1L), ("more", 4L));
            seen.Note("call", await verbs.Scalar(call));
        });
    }

    [Theory, SyncAndAsync]
    public async Task Functions_fill_output_parameters(Verbs verbs)
    {
        var items = await Database.ItemsAsync(1);
        var name = "both_" + items.Name;
        await Db.ExecuteAsync($"create function {Sql.Raw(name)}(item bigint, out twice bigint, out as_text text) language sql as $$ select item * 2, item::text $$");
        await Database.SettleAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command($"select * from {name}(@item)", ("item", 21L));
            var text = Add(command, "as_text", ParameterDirection.Output, NpgsqlDbType.Text);
            var twice = Add(command, "twice", ParameterDirection.Output, NpgsqlDbType.Bigint);
            seen.Note("affected", await verbs.NonQuery(command));
            seen.Note("twice", twice.Value);
            seen.Note("text", text.Value);
            await using (var reader = await verbs.Reader(command))
            {
                seen.Note("row", await verbs.Read(reader));
            }

            seen.Note("twice", twice.Value);
        });
    }

    private static NpgsqlParameter Add(DbCommand command, string name, ParameterDirection direction, NpgsqlDbType type)
    {
        var parameter = new NpgsqlParameter(name, type) { Direction = direction };
        command.Parameters.Add(parameter);
        return parameter;
    }
}

public sealed class PostgreSqlAdoBatchParityTests(PostgreSqlConformanceDatabase database) : AdoBatchParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>
{
    /// <summary>Seen to fail when a batch runs with copies of its output parameters.</summary>
    [Theory, SyncAndAsync]
    public async Task Output_parameters_of_a_batch(Verbs verbs)
    {
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var batch = connection.CreateBatch();
            var command = batch.CreateBatchCommand();
            command.CommandText = "select 7::bigint as seven";
            var seven = command.CreateParameter();
            seven.ParameterName = "seven";
            seven.Direction = ParameterDirection.Output;
            seven.DbType = DbType.Int64;
            command.Parameters.Add(seven);
            batch.BatchCommands.Add(command);
            for (var use = 0; use < 2; use++)
            {
                seven.Value = null;
                await seen.TryAsync("run", () => verbs.NonQuery(batch));
                seen.Note("out", seven.Value);
            }
        });
    }

    [Fact]
    public async Task An_error_of_a_batch_says_which_command_it_was_where_Npgsql_does()
    {
        var items = await Database.ItemsAsync(1);
        await using var host = ((PostgreSqlConformanceDatabase)Database).OpenWith("Include Failed Batched Command=true");
        await using var connection = await host.Database.DataSource.OpenConnectionAsync();
        await using var batch = connection.CreateBatch();
        batch.Add("select 1");
        batch.Add($"insert into {items.Name} (id, amount) values (1, 1)");
        batch.Add("select 2");
        var error = await Assert.ThrowsAnyAsync<DbException>(() => batch.ExecuteNonQueryAsync());
        Assert.Equal(1, error.Data["Routing.BatchCommand"]);
        await using var reader = await batch.ExecuteReaderAsync();
        error = await Assert.ThrowsAnyAsync<DbException>(() => reader.NextResultAsync());
        Assert.Equal(1, error.Data["Routing.BatchCommand"]);
    }
}

public sealed class PostgreSqlAdoConnectionParityTests(PostgreSqlConformanceDatabase database) : AdoConnectionParitySuite(database), IClassFixture<PostgreSqlConformanceDatabase>;
