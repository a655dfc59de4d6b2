using System.Data.Common;
using Npgsql;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;
using Routing.UnitTests.Providers.Sqlite;
using static Routing.UnitTests.Errors.OrdersFixture;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class AdoErrors
{
    [Provokes(ErrorCodes.ConnectionClosed)]
    public static async Task<Exception> A_command_on_a_closed_connection()
    {
        await using var orders = new OrdersFixture();
        await using var connection = orders.Db.DataSource.CreateConnection();
        return Thrown(() => Command(connection, "select 1").ExecuteScalar());
    }

    [Provokes(ErrorCodes.ConnectionOpen)]
    public static async Task<Exception> An_open_connection_opened_again()
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        return Thrown(connection.Open);
    }

    [Provokes(ErrorCodes.NoConnection)]
    public static async Task<Exception> A_command_without_a_connection()
    {
        await using var orders = new OrdersFixture();
        using var command = orders.Db.DataSource.ProviderFactory.CreateCommand()!;
        return Thrown(() => command.ExecuteScalar());
    }

    [Provokes(ErrorCodes.NoConnection)]
    public static async Task<Exception> A_batch_without_a_connection()
    {
        await using var orders = new OrdersFixture();
        using var batch = new RoutingBatch(orders.Fake.Source);
        return Thrown(() => batch.ExecuteScalar());
    }

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> The_drivers_connection_on_a_routed_command() =>
        WithCommandAsync(static command => command.Connection = new FakeDbConnection(static _ => FakeResult.Empty));

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> The_drivers_transaction_on_a_routed_command() =>
        WithCommandAsync(static command => command.Transaction = new FakeDbTransaction(new FakeDbConnection(static _ => FakeResult.Empty), default, readOnly: false));

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> The_drivers_connection_on_a_routed_batch() =>
        WithBatchAsync(static batch => batch.Connection = new FakeDbConnection(static _ => FakeResult.Empty));

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> The_drivers_transaction_on_a_routed_batch() =>
        WithBatchAsync(static batch => batch.Transaction = new FakeDbTransaction(new FakeDbConnection(static _ => FakeResult.Empty), default, readOnly: false));

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> Something_else_than_a_parameter_from_a_mapper() =>
        WithLeaseAsync(static connection => connection.CreateCommand().Parameters.Add(7));

    [Provokes(ErrorCodes.FixedConnection)]
    public static Task<Exception> A_connection_string_on_a_routed_connection() => WithConnectionAsync(static connection => connection.ConnectionString = "Host=elsewhere");

    [Provokes(ErrorCodes.FixedConnection)]
    public static Task<Exception> Another_database_on_a_routed_connection() => WithConnectionAsync(static connection => connection.ChangeDatabase("stock"));

    [Provokes(ErrorCodes.FixedConnection)]
    public static Task<Exception> A_connection_string_on_a_leased_connection() => WithLeaseAsync(static connection => connection.ConnectionString = "Host=elsewhere");

    [Provokes(ErrorCodes.FixedConnection)]
    public static Task<Exception> Another_connection_on_a_leased_command() => WithLeaseAsync(static connection => connection.CreateCommand().Connection = null);

    [Provokes(ErrorCodes.CommandHasOpenReader)]
    public static Task<Exception> A_command_run_under_its_own_reader() => WithLeaseAsync(static connection =>
    {
        using var command = Command(connection, "select 1");
        using var reader = command.ExecuteReader();
        command.ExecuteScalar();
    });

    [Provokes(ErrorCodes.ReaderKeepsNode)]
    public static async Task<Exception> A_write_while_a_replica_is_being_read()
    {
        await using var orders = new OrdersFixture(nodes: 2);
        await orders.Db.ExecuteAsync("update t set x = 1");
        orders.See(1, static node => node with { State = Topology.NodeState.Up });
        await using var connection = await orders.OpenAsync();
        await using var reader = await Command(connection, "select value from t").ExecuteReaderAsync();
        return Thrown(() => Command(connection, "insert into t values (1)").ExecuteNonQuery());
    }

    [Provokes(ErrorCodes.ParameterNotCloneable)]
    public static Task<Exception> A_batch_parameter_that_cannot_be_copied()
    {
        var command = new RoutingBatchCommand(NpgsqlFactory.Instance) { CommandText = "select @p" };
        command.Parameters.Add(new FakeParameter());
        using var batch = new NpgsqlBatch();
        return Task.FromResult(Thrown(() => command.ToNative(batch, command.CommandText)));
    }

    [Provokes(ErrorCodes.ReaderClosed)]
    public static Task<Exception> A_closed_reader_read() => WithConnectionAsync(static connection =>
    {
        var reader = Command(connection, "select value from t").ExecuteReader();
        reader.Close();
        reader.Read();
    });

    [Provokes(ErrorCodes.ReaderKeepsTransaction)]
    public static Task<Exception> A_commit_under_an_open_reader() => WithConnectionAsync(static connection =>
    {
        using var transaction = connection.BeginTransaction();
        using var reader = Command(connection, "select value from t").ExecuteReader();
        transaction.Commit();
    });

    [Provokes(ErrorCodes.NotInAdoNet)]
    public static Task<Exception> A_batch_where_the_driver_has_none() => WithConnectionAsync(static connection => connection.CreateBatch());

    [Provokes(ErrorCodes.NotInAdoNet)]
    public static Task<Exception> A_batch_of_a_factory_whose_driver_has_none() => WithFactoryAsync(static factory => factory.CreateBatch());

    [Provokes(ErrorCodes.NotInAdoNet)]
    public static async Task<Exception> Key_columns_where_the_driver_asks_elsewhere()
    {
        await using var orders = new OrdersFixture();
        orders.Drivers[0].DescribesKeys = false;
        await using var connection = await orders.OpenAsync();
        await using var reader = await Command(connection, "select value from t").ExecuteReaderAsync(System.Data.CommandBehavior.KeyInfo);
        return Thrown(() => reader.GetColumnSchema());
    }

    [Provokes(ErrorCodes.NotInAdoNet)]
    public static Task<Exception> A_command_builder() => WithFactoryAsync(static factory => factory.CreateCommandBuilder());

    [Provokes(ErrorCodes.NotInAdoNet)]
    public static Task<Exception> An_enumerator_of_servers() => WithFactoryAsync(static factory => factory.CreateDataSourceEnumerator());

    [Provokes(ErrorCodes.FixedConnection)]
    public static Task<Exception> Another_data_source_of_a_factory() => WithFactoryAsync(static factory => factory.CreateDataSource("Routing=stock"));

    [Provokes(ErrorCodes.ForeignObject)]
    public static Task<Exception> Something_else_than_a_parameter() => WithCommandAsync(static command => command.Parameters.Add(7));

    private static async Task<Exception> WithFactoryAsync(Action<DbProviderFactory> use)
    {
        await using var orders = new OrdersFixture();
        return Thrown(() => use(orders.Db.DataSource.ProviderFactory));
    }

    private static async Task<Exception> WithConnectionAsync(Action<DbConnection> use)
    {
        await using var orders = new OrdersFixture();
        await using var connection = await orders.OpenAsync();
        return Thrown(() => use(connection));
    }

    private static Task<Exception> WithCommandAsync(Action<DbCommand> use) => WithConnectionAsync(connection => use(connection.CreateCommand()));

    private static async Task<Exception> WithBatchAsync(Action<DbBatch> use)
    {
        await using var orders = new OrdersFixture();
        using var batch = new RoutingBatch(orders.Fake.Source);
        return Thrown(() => use(batch));
    }

    private static async Task<Exception> WithLeaseAsync(Action<DbConnection> use)
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Writer);
        return Thrown(() => use(connection));
    }
}
