using Routing.Diagnostics;
using Routing.Providers.MySql;
using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Providers.SqlServer;
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

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_of_nothing() => Refused(static () => SqliteDialect.Instance.Quote(""));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_with_a_zero() => Refused(static () => SqliteDialect.Instance.Name("shop", "a\0b"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_with_half_a_character() => Refused(static () => SqliteDialect.Instance.Quote("a\uD834"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_that_PostgreSQL_would_cut_off() => Refused(static () => PostgreSqlDialect.Instance.Quote(new string('a', 64)));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_whose_blank_MariaDB_would_take_away() => Refused(static () => MySqlDialect.Instance.Quote("orders "));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_that_MariaDB_has_no_character_for() => Refused(static () => MySqlDialect.Instance.Quote("\U0001D11E"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_whose_backslash_MySql_Data_would_take_for_an_escape() => Refused(static () => MySqlDialect.Instance.Quote(@"back\slash"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_that_makes_a_table_of_SQL_Server_temporary() => Refused(static () => SqlServerDialect.Instance.Quote("#orders"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_name_without_parts() => Refused(static () => SqliteDialect.Instance.Name());

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_parameter_that_is_SQL() => Refused(static () => SqliteDialect.Instance.Parameter("1; drop table orders"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_concatenation_of_nothing() => Refused(static () => SqliteDialect.Instance.Concat());

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_path_without_names() => Refused(static () => SqliteDialect.Instance.JsonText(Sql.Raw("document")));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_path_with_a_quotation_mark() => Refused(static () => SqliteDialect.Instance.JsonText(Sql.Raw("document"), "a\"b"));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> A_list_of_too_many() => Refused(static () => SqliteDialect.Instance.In(Sql.Raw("id"), Enumerable.Range(1, 32_767)));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> An_upsert_of_no_rows() => Refused(static () => SqliteDialect.Instance.Upsert(Sql.Raw("t"), ["id"], ["id"], rows: []));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> An_upsert_of_a_short_row() => Refused(static () => SqliteDialect.Instance.Upsert(Sql.Raw("t"), ["id"], ["id", "name"], [1, "a"], [2]));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> An_upsert_of_too_many_rows() =>
        Refused(static () => SqliteDialect.Instance.Upsert(Sql.Raw("t"), ["id"], ["id", "name"], [.. Enumerable.Range(0, 20_000).Select(static i => new object?[] { i, "a" })]));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> An_upsert_without_a_key() => Refused(static () => SqliteDialect.Instance.Upsert(Sql.Raw("t"), [], ["name"], ["a"]));

    [Provokes(ErrorCodes.NotInDialect)]
    public static Task<Exception> An_upsert_with_a_key_that_gets_no_value() => Refused(static () => SqliteDialect.Instance.Upsert(Sql.Raw("t"), ["id"], ["name"], ["a"]));

    private static Task<Exception> Refused(Func<object> write) => Task.FromResult(Thrown(() => write()));
}
