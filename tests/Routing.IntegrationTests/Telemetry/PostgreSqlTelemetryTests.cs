using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Npgsql;
using Routing.Testing;
using Routing.Testing.Telemetry;

namespace Routing.IntegrationTests.Telemetry;

/// <summary>Statements on a primary and two standbys → what OpenTelemetry's SDK exports, with Npgsql's own instrumentation beside ours.</summary>
public sealed class PostgreSqlTelemetryTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private const string Npgsql = "Npgsql";

    private RoutedHost _host = null!;

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync("create table if not exists orders (id bigint primary key, customer text not null); insert into orders values (1, 'Ada') on conflict do nothing");
        _host = Host([]);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_read_and_a_write_name_the_server_that_answered()
    {
        await WarmUpAsync(_host);
        using var telemetry = new TelemetryCapture();
        var standby = await _host.Database.QuerySingleAsync<string>("select current_setting('port')", options: RoutedHostExtensions.Anything);
        await _host.Database.ExecuteAsync($"update orders set customer = {"Ada L."} where id = {1L}");

        Assert.Equal(["SELECT", "UPDATE orders"], telemetry.Spans.Select(static span => span.Name));
        var (read, write) = (telemetry.Spans[0], telemetry.Spans[1]);
        Assert.Equal(("Client", "postgresql", database.Name, "Read"), (read.Kind, read["db.system.name"], read["db.namespace"], read["routing.intent"]));
        Assert.Equal(("Replica", "ReadGoesToReplica", standby), (read["routing.role"], read["routing.reason"], read["server.port"]));
        Assert.Equal(
            ("a", "Primary", "WriteGoesToPrimary", database.Cluster.Primary.Port.ToString(CultureInfo.InvariantCulture)),
            (write["routing.node"], write["routing.role"], write["routing.reason"], write["server.port"]));
        Assert.Equal(new NpgsqlConnectionStringBuilder(database.Primary).Host, write["server.address"]);
        Assert.Equal("update orders set customer = @p0 where id = @p1", write["db.query.text"]);
        Assert.All(telemetry.Spans, span => Assert.Equal(telemetry.Root.SpanId.ToHexString(), span.ParentId));
    }

    [Fact]
    public async Task One_statement_is_one_span_although_the_drivers_instrumentation_listens_too()
    {
        // The first statement opens connections and prepares; later ones are prepared, stream, fail and run in transactions.
        using var telemetry = new TelemetryCapture(receiver: null, Npgsql);
        await SomeOfEverythingAsync(_host);

        Assert.DoesNotContain(telemetry.Spans, static span => span.Source == Npgsql);
        Assert.Equal(
            ["SELECT orders", "SELECT orders", "SELECT orders", "BEGIN", "UPDATE orders", "COMMIT", "TRANSACTION", "BATCH SELECT orders"],
            telemetry.Spans.Select(static span => span.Name));
        Assert.DoesNotContain(telemetry.AllSpans, span => span.Source == Npgsql && Mentions(span, database.Name));
    }

    [Fact]
    public async Task The_switch_lets_the_driver_make_its_spans_below_ours()
    {
        await using var host = Host(new() { ["Telemetry:DriverSpans"] = "true" });
        using var telemetry = new TelemetryCapture(receiver: null, Npgsql);
        await SomeOfEverythingAsync(host);

        var ours = telemetry.Spans.First(static span => span.Name == "SELECT orders");
        Assert.Contains(telemetry.Spans, span => span.Source == Npgsql && span.ParentId == ours.SpanId);
    }

    [Fact]
    public async Task The_drivers_meter_has_one_pool_per_node_however_many_connections_there_are()
    {
        var pools = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listening) =>
        {
            if (instrument.Meter.Name == Npgsql)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
        listener.Start();
        await using var host = Host(new() { ["Pool:MinIdle"] = "4" });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Database.ExecuteScalarAsync<long>("select count(*) from orders o, generate_series(1, 1000)").AsTask()));
        await Eventually.HoldsAsync("several connections to the primary are open", async () =>
        {
            await host.Database.ExecuteAsync("update orders set customer = customer where id = 1");
            return host.Pool("a").Idle >= 4;
        });
        listener.RecordObservableInstruments();

        var ours = pools.Keys.Where(static name => name.StartsWith("Routing", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Contains("Routing:db/a", ours);

        // Tests beside this one have pools of other data sources and nodes, and connections of their own.
        Assert.All(ours, static name => Assert.Matches("^Routing:[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", name));

        void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Key.EndsWith("pool.name", StringComparison.Ordinal) && tag.Value is string name)
                {
                    pools[name] = true;
                }
            }
        }
    }

    [Fact]
    public async Task A_collector_gets_the_servers_code_of_an_error_and_neither_words_nor_values()
    {
        await using var receiver = new OtlpReceiver();
        await WarmUpAsync(_host);
        string trace;
        using (var telemetry = new TelemetryCapture(receiver, Npgsql))
        {
            trace = telemetry.Root.TraceId.ToHexString();
            var secret = "top-secret";
            await Assert.ThrowsAsync<PostgresException>(async () => await _host.Database.ExecuteAsync($"insert into orders (id, customer) values ({1L}, {secret})"));
            await Assert.ThrowsAsync<PostgresException>(async () => await _host.Database.QueryAsync<int>("select 'top-secret'::int /* top-secret */ from orders"));
            telemetry.Flush();
        }

        var spans = receiver.Spans.Where(span => span.TraceId == trace && span.Source == "Routing").ToList();
        Assert.Equal([("INSERT orders", "23505"), ("SELECT orders", "22P02")], spans.Select(static span => (span.Name, span["db.response.status_code"]!)));
        Assert.All(spans, static span => Assert.Equal(("Error", "", "Npgsql.PostgresException"), (span.Status, span.StatusText, span["error.type"])));
        Assert.Equal("select ?::int from orders", spans[1]["db.query.text"]);
        var failed = receiver.Histograms.Where(static series => series.Name == "db.client.operation.duration" && series["db.response.status_code"] == "23505");
        Assert.Contains(failed, series => series["db.namespace"] == database.Name && series["routing.role"] == "Primary" && series.Unit == "s");
        Assert.All(receiver.Bodies, static body => Assert.DoesNotContain("top-secret", Encoding.UTF8.GetString(body), StringComparison.Ordinal));
    }

    private static bool Mentions(ExportedSpan span, string text) => span.Attributes.Values.Any(value => value is string tag && tag.Contains(text, StringComparison.Ordinal));

    private static async Task WarmUpAsync(RoutedHost host) => await host.Database.QueryAsync<long>("select id from orders", options: RoutedHostExtensions.Anything);

    private static async Task SomeOfEverythingAsync(RoutedHost host)
    {
        var db = host.Database;
        for (var i = 0; i < 2; i++)
        {
            await db.QueryAsync<long>("select id from orders");
        }

        await foreach (var _ in db.StreamAsync<long>("select id from orders"))
        {
        }

        await db.TransactAsync(static async (tx, ct) => await tx.ExecuteAsync("update orders set customer = customer where id = 1", ct: ct));
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var batch = connection.CreateBatch();
        foreach (var text in new[] { "select id from orders", "select customer from orders" })
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = text;
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync();
    }

    private RoutedHost Host(Dictionary<string, string> settings) => RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys], settings);
}
