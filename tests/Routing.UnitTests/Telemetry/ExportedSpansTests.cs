using System.Diagnostics;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.UnitTests.Telemetry;

/// <summary>Operations on a real SQLite file → the spans that an exporter of OpenTelemetry's SDK gets.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class ExportedSpansTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("routing-spans-").FullName;
    private RoutedHost _host = null!;

    private IRoutingDatabase Db => _host.Database;

    public async Task InitializeAsync()
    {
        _host = RoutedHost.OnSqlite("Data Source=" + Path.Combine(_directory, "shop.db"));
        await Db.ExecuteAsync("create table orders (id integer primary key, customer text not null)");
        await Db.ExecuteAsync("insert into orders (id, customer) values (1, 'Ada'), (2, 'Grace')");
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_read_is_one_client_span_with_the_conventions_attributes_and_its_route()
    {
        using var telemetry = new TelemetryCapture();
        var id = 1L;
        await Db.QuerySingleAsync<string>($"select customer from orders where id = {id}");

        var span = Assert.Single(telemetry.Spans);
        Assert.Equal(("Routing", "SELECT orders", "Client", "Unset", ""), (span.Source, span.Name, span.Kind, span.Status, span.StatusText));
        Assert.Equal(telemetry.Root.SpanId.ToHexString(), span.ParentId);
        Assert.Equal(
            [
                ("db.namespace", "shop.db"),
                ("db.query.summary", "SELECT orders"),
                ("db.query.text", "select customer from orders where id = @p0"),
                ("db.system.name", "sqlite"),
                ("routing.data_source", "db"),
                ("routing.intent", "Read"),
                ("routing.lane", "reader"),
                ("routing.node", "a"),
                ("routing.reason", "OnlyNode"),
                ("routing.role", "Primary"),
                ("routing.statement.class", "Read"),
            ],
            span.Attributes.Where(static tag => tag.Key != "routing.pool.wait_time").Select(static tag => (tag.Key, (string)tag.Value!)));
        Assert.InRange((double)span.Attributes["routing.pool.wait_time"]!, 0, span.Duration.TotalSeconds);
    }

    [Fact]
    public async Task A_bulk_insert_is_one_span_with_its_transaction()
    {
        using var telemetry = new TelemetryCapture();
        await Db.BulkInsertAsync("orders", [new { Id = 7L, Customer = "Edsger" }]);

        var span = Assert.Single(telemetry.Spans);
        Assert.Equal("BULK INSERT orders", span.Name);
        Assert.Equal("Primary", span.Attributes["routing.role"]);
    }

    [Fact]
    public async Task A_failure_is_an_error_with_its_type_and_code_and_without_the_servers_words()
    {
        using var telemetry = new TelemetryCapture();
        var id = 1L;
        var customer = "a-secret-customer";
        await Assert.ThrowsAnyAsync<Exception>(async () => await Db.ExecuteAsync($"insert into orders (id, customer) values ({id}, {customer})"));

        var span = Assert.Single(telemetry.Spans);
        Assert.Equal(("INSERT orders", "Error", ""), (span.Name, span.Status, span.StatusText));
        Assert.Equal(("Microsoft.Data.Sqlite.SqliteException", "1555"), (span["error.type"], span["db.response.status_code"]));
        Assert.Equal(("a", "OnlyNode", "writer"), (span["routing.node"], span["routing.reason"], span["routing.lane"]));
    }

    [Fact]
    public async Task No_value_and_no_literal_leaves_the_process()
    {
        using var telemetry = new TelemetryCapture();
        var secret = "top-secret";
        await Db.QueryAsync<long>($"select id from orders where customer = {secret}");
        await Db.QueryAsync<long>("select id from orders where customer = @secret", new { secret });
        await Db.QueryAsync<long>($"select id from orders where customer = {Sql.Raw("'top-secret'")} and id <> {0L}");
        await Db.QueryAsync<long>("select id /* top-secret */ from orders where customer = 'top-secret' or id = 4711 -- top-secret");
        await Db.QueryAsync<long>("select id from orders where customer = \"top-secret\"");
        await Assert.ThrowsAnyAsync<Exception>(async () => await Db.QueryAsync<long>("select nothing from orders where customer = 'top-secret' and id = 4711"));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Db.QueryAsync<long>("select 'top-secret unterminated"));

        Assert.Equal(7, telemetry.Spans.Count);
        Assert.All(telemetry.Spans, static span =>
        {
            Assert.DoesNotContain("secret", span.Name, StringComparison.Ordinal);
            Assert.All(span.Attributes, static tag => Assert.DoesNotContain("top-secret", tag.Value?.ToString() ?? "", StringComparison.Ordinal));
            Assert.All(span.Attributes, static tag => Assert.DoesNotContain("4711", tag.Value?.ToString() ?? "", StringComparison.Ordinal));
        });
        Assert.Equal("select id from orders where customer = ? or id = ?", telemetry.Spans[3]["db.query.text"]);
        Assert.Null(telemetry.Spans[6]["db.query.text"]);
    }

    [Fact]
    public async Task A_streams_span_ends_when_the_stream_ends_and_is_nobodys_parent()
    {
        using var telemetry = new TelemetryCapture();
        await foreach (var _ in Db.StreamAsync<long>("select id from orders order by id"))
        {
            Assert.Empty(telemetry.Spans);
            Assert.Same(telemetry.Root, Activity.Current);
        }

        var span = Assert.Single(telemetry.Spans);
        Assert.Equal(("SELECT orders", telemetry.Root.SpanId.ToHexString()), (span.Name, span.ParentId));
        Assert.Same(telemetry.Root, Activity.Current);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_has_not_failed()
    {
        using var telemetry = new TelemetryCapture();
        await foreach (var _ in Db.StreamAsync<long>("select id from orders order by id"))
        {
            break;
        }

        Assert.Equal("Unset", Assert.Single(telemetry.Spans).Status);
    }

    [Fact]
    public async Task Several_result_sets_are_one_span_until_they_are_disposed()
    {
        using var telemetry = new TelemetryCapture();
        await using (var results = await Db.QueryMultipleAsync("select id from orders; select customer from orders"))
        {
            await results.ReadAsync<long>();
            Assert.Empty(telemetry.Spans);
        }

        Assert.Equal("SELECT orders", Assert.Single(telemetry.Spans).Name);
    }

    [Fact]
    public async Task A_transaction_is_the_parent_of_what_it_sends()
    {
        using var telemetry = new TelemetryCapture();
        await Db.TransactAsync(async (tx, ct) =>
        {
            await tx.ExecuteAsync("update orders set customer = 'Ada L.' where id = 1", ct: ct);
            await tx.ExecuteScalarAsync<long>("select count(*) from orders", ct: ct);
        });

        Assert.Equal(["BEGIN", "UPDATE orders", "SELECT orders", "COMMIT", "TRANSACTION"], telemetry.Spans.Select(static span => span.Name));
        var whole = telemetry.Spans[^1];
        Assert.Equal(("Internal", telemetry.Root.SpanId.ToHexString(), "1"), (whole.Kind, whole.ParentId, whole["routing.transaction.attempts"]));
        Assert.All(telemetry.Spans.SkipLast(1), span => Assert.Equal(("Client", whole.SpanId), (span.Kind, span.ParentId)));
        Assert.Equal("HeldConnection", telemetry.Spans[1]["routing.reason"]);
        Assert.Same(telemetry.Root, Activity.Current);
    }

    [Fact]
    public async Task A_transaction_that_is_left_shows_its_rollback_and_a_failed_one_its_error()
    {
        using var telemetry = new TelemetryCapture();
        await using (var session = Db.OpenSession())
        {
            await using var tx = await session.BeginTransactionAsync();
            await tx.ExecuteAsync("delete from orders");
            await using (await session.BeginTransactionAsync())
            {
            }
        }

        Assert.Equal(["BEGIN", "DELETE orders", "SAVEPOINT", "SAVEPOINT", "ROLLBACK"], telemetry.Spans.Select(static span => span.Name));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Db.TransactAsync(static (_, _) => throw new InvalidOperationException("secret reason")));
        var failed = telemetry.Spans[^1];
        Assert.Equal(("TRANSACTION", "Error", "", "System.InvalidOperationException"), (failed.Name, failed.Status, failed.StatusText, failed["error.type"]));
    }

    [Fact]
    public async Task A_batch_is_one_operation()
    {
        using var telemetry = new TelemetryCapture();
        var (one, two) = ("Ada", "Grace");
        await Db.ExecuteBatchAsync(new StatementBatch().Add($"update orders set customer = {one} where id = 1").Add($"delete from orders where customer = {two}"));
        await using var session = Db.OpenSession();
        await session.ExecuteBatchAsync(new StatementBatch().Add("delete from orders where id = 8").Add("delete from orders where id = 9"));
        await session.ExecuteBatchAsync(new StatementBatch().Add("delete from orders where id = 8"));
        await session.ExecuteAsync("delete from orders where id = 10");

        Assert.Equal(["BATCH", "BATCH DELETE orders", "DELETE orders", "DELETE orders"], telemetry.Spans.Select(static span => span.Name));
        Assert.Equal(["2", "2", null, null], telemetry.Spans.Select(static span => span["db.operation.batch.size"]));
        Assert.Equal("update orders set customer = @p0 where id = ?; delete from orders where customer = @p0", telemetry.Spans[0]["db.query.text"]);
        Assert.Equal("a", telemetry.Spans[0]["routing.node"]);
    }

    [Fact]
    public async Task A_readers_span_ends_when_the_reader_is_closed()
    {
        using var telemetry = new TelemetryCapture();
        await using var connection = await Db.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from orders";
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            Assert.Empty(telemetry.Spans);
            Assert.Same(telemetry.Root, Activity.Current);
        }

        Assert.Equal(("SELECT orders", "Unset"), (Assert.Single(telemetry.Spans).Name, telemetry.Spans[0].Status));
        using (var transaction = connection.BeginTransaction())
        {
            command.CommandText = "delete from orders";
            command.ExecuteNonQuery();
            transaction.Rollback();
        }

        Assert.Equal(["SELECT orders", "BEGIN", "DELETE orders", "ROLLBACK"], telemetry.Spans.Select(static span => span.Name));
        Assert.Same(telemetry.Root, Activity.Current);
    }

    [Fact]
    public void Blocking_calls_are_traced_alike_and_leave_the_callers_span_current()
    {
        using var telemetry = new TelemetryCapture();
        Db.Execute("update orders set customer = 'Ada' where id = 1");

        Assert.Equal("UPDATE orders", Assert.Single(telemetry.Spans).Name);
        Assert.Same(telemetry.Root, Activity.Current);
    }
}
