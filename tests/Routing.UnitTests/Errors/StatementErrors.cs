using Routing.Diagnostics;
using Routing.Statements;
using Routing.UnitTests.Errors;
using static Routing.UnitTests.Errors.OrdersFixture;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class StatementErrors
{
    [Provokes(ErrorCodes.ConnectionStateGone)]
    public static async Task<Exception> The_last_id_outside_of_a_transaction()
    {
        await using var orders = new OrdersFixture();
        await using var session = orders.Db.OpenSession();
        await session.ExecuteAsync("insert into t values (1)");
        return await ThrownAsync(async () => await session.ExecuteScalarAsync<long>("select last_insert_rowid()"));
    }

    [Provokes(ErrorCodes.ConnectionStateGone)]
    public static async Task<Exception> The_last_id_after_ReleaseAfterCommand()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        connection.ReleaseAfterCommand = true;
        await Command(connection, "insert into t values (1)").ExecuteNonQueryAsync();
        return Thrown(() => Command(connection, "select last_insert_rowid()").ExecuteScalar());
    }

    [Provokes(ErrorCodes.SessionStateInOneShot)]
    public static async Task<Exception> A_setting_in_a_one_shot_call()
    {
        await using var orders = new OrdersFixture();
        return await ThrownAsync(async () => await orders.Db.ExecuteAsync("create temporary table seen (id integer)"));
    }

    [Provokes(ErrorCodes.TransactionInOneShot)]
    public static async Task<Exception> BEGIN_in_a_one_shot_call()
    {
        await using var orders = new OrdersFixture();
        return await ThrownAsync(async () => await orders.Db.ExecuteAsync("begin"));
    }

    [Provokes(ErrorCodes.NothingToRun)]
    public static async Task<Exception> A_command_without_a_text()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        return Thrown(() => connection.CreateCommand().ExecuteScalar());
    }

    [Provokes(ErrorCodes.NothingToRun)]
    public static async Task<Exception> A_batch_without_commands()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        using var batch = new RoutingBatch(orders.Fake.Source) { Connection = connection };
        return Thrown(() => batch.ExecuteScalar());
    }

    [Provokes(ErrorCodes.UnusableHole)]
    public static async Task<Exception> SQL_in_a_hole_typed_as_object()
    {
        await using var orders = new OrdersFixture();
        object table = Sql.Raw("t");
        return await ThrownAsync(async () => await orders.Db.QueryAsync<long>($"select value from {table}"));
    }

    [Provokes(ErrorCodes.UnusableHole)]
    public static async Task<Exception> A_default_RawSql_in_a_hole()
    {
        await using var orders = new OrdersFixture();
        return await ThrownAsync(async () => await orders.Db.QueryAsync<long>($"select value from {default(RawSql)}"));
    }

    [Provokes(ErrorCodes.VocabularyInUse)]
    public static Task<Exception> A_word_added_to_a_vocabulary_in_use()
    {
        var vocabulary = new SqlVocabulary();
        _ = new SqlClassifier(new SqlSyntax(), vocabulary);
        return Task.FromResult(Thrown(() => vocabulary.AddKeywords("select")));
    }
}
