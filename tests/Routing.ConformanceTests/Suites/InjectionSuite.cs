using System.Data.Common;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Texts that would like to be SQL, through every input there is besides the holes and arguments of <see cref="InterpolatedSqlSuite"/>:
/// lists, names, paths, tags, comments, savepoints, parameters of ADO.NET. None of them becomes a statement.
/// </summary>
public abstract class InjectionSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    public static TheoryData<string> Attempts => InterpolatedSqlSuite.Attempts;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_lists(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        Assert.Equal([2], await Db.QueryAsync<long>($"select id from {victims.Raw} where {Db.Dialect.In(Sql.Raw("name"), [attempt, "nobody", attempt])}"));
        Assert.Equal([2], await Db.QueryAsync<long>("select id from " + victims.Name + " where name " + Database.In("names"), new { names = new[] { attempt, "nobody" } }));
        Assert.Empty(await Db.QueryAsync<long>($"select id from {victims.Raw} where {Db.Dialect.In(Sql.Raw("name"), ["nobody"])}"));
        await UnharmedAsync(victims, attempt);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_the_names_of_savepoints(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        await using (var connection = await Db.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            var name = attempt + "x";
            await using var update = connection.Command($"update {victims.Name} set name = 'changed'");
            try
            {
                await transaction.SaveAsync(name);
            }
            catch (Exception error) when (error is DbException or ArgumentException or InvalidOperationException)
            {
                // A name that the engine does not have.
                Assert.DoesNotContain("victims", error.GetType().Name, StringComparison.Ordinal);
                await transaction.RollbackAsync();
                await UnharmedAsync(victims, attempt);
                return;
            }

            await update.ExecuteNonQueryAsync();
            await transaction.RollbackAsync(name);
            await transaction.SaveAsync(name);
            await transaction.ReleaseAsync(name);
            await transaction.CommitAsync();
        }

        await UnharmedAsync(victims, attempt);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_tags(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        await using (var session = Db.OpenSession(new SessionOptions { Tag = attempt }))
        {
            await using var transaction = await session.BeginTransactionAsync(new TransactionOptions { Tag = attempt });
            Assert.Equal(2, await transaction.ExecuteScalarAsync<int>($"select count(*) from {victims.Raw}"));
            await transaction.CommitAsync();
        }

        await UnharmedAsync(victims, attempt);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_the_comment_that_statements_carry(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        await using (var host = Database.Open(new() { ["Telemetry:SqlComment:Application"] = attempt, ["Telemetry:SqlComment:DataSource"] = "true" }))
        {
            Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>($"select count(*) from {victims.Raw} where name = {attempt}"));
            Assert.Equal(1, await host.Database.ExecuteAsync($"update {victims.Raw} set name = {attempt} where id = {2}"));
            Assert.Equal(1, await host.Database.ExecuteAsync("update " + victims.Name + " set name = @name where id = 2", new { name = attempt }));
        }

        await UnharmedAsync(victims, attempt);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_paths_and_documents(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        var document = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { ["safe"] = attempt, ["other"] = "other" });
        var column = Sql.Raw("name");
        await Db.ExecuteAsync($"insert into {victims.Raw} values ({3}, {document})");
        Assert.Equal(attempt, await Db.QuerySingleAsync<string>($"select {Db.Dialect.JsonText(column, "safe")} from {victims.Raw} where id = {3}"));
        try
        {
            Assert.Null(await Db.QuerySingleAsync<string?>($"select {Db.Dialect.JsonText(column, attempt)} from {victims.Raw} where id = {3}"));
        }
        catch (ArgumentException error)
        {
            Assert.Equal("RTG0511", Diagnostics.ErrorCodes.Of(error));
        }

        await Db.ExecuteAsync($"delete from {victims.Raw} where id = {3}");
        await UnharmedAsync(victims, attempt);
    }

    /// <summary>A driver may refuse such a name; what it must not do is send it as a part of the text.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Through_the_names_of_parameters_and_of_procedures(string attempt)
    {
        var victims = await VictimsAsync(attempt);
        await using (var connection = await Db.DataSource.OpenConnectionAsync())
        {
            await TryAsync(connection.Command($"select count(*) from {victims.Name} where id = @id", ("id", 1L), (attempt, 1L)));
            await TryAsync(connection.Command($"select count(*) from {victims.Name} where id = @id", ("id", 1L), ("id) or 1 = 1; drop table victims; --", 1L)));
            var procedure = connection.Command(attempt);
            procedure.CommandType = System.Data.CommandType.StoredProcedure;
            await TryAsync(procedure);
        }

        await TryAsync(async () => await Db.QueryAsync<int>("select count(*) from " + victims.Name, new Dictionary<string, object?> { [attempt] = 1 }));
        await UnharmedAsync(victims, attempt);
    }

    private static async Task TryAsync(DbCommand command)
    {
        await using (command)
        {
            await TryAsync(command.ExecuteScalarAsync);
        }
    }

    private static async Task TryAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception error) when (error is DbException or ArgumentException or InvalidOperationException or NotSupportedException or FormatException)
        {
            // Refused is well, too.
        }
    }

    private async Task<Table> VictimsAsync(string attempt)
    {
        var victims = await Database.TableAsync($"id bigint primary key, name {Database.Text} not null");
        await Db.ExecuteAsync($"insert into {victims.Raw} values ({1}, {"bystander"}), ({2}, {attempt})");
        await Database.SettleAsync();
        return victims;
    }

    private async Task UnharmedAsync(Table victims, string attempt) =>
        Assert.Equal(["bystander", attempt], await Db.QueryAsync<string>($"select name from {victims.Raw} order by id"));
}
