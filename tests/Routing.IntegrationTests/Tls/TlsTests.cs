using System.Data.Common;
using Routing.Diagnostics;
using Routing.IntegrationTests.Engines;
using Routing.LocalServers;
using Routing.Testing;
using NodeState = Routing.Topology.NodeState;

namespace Routing.IntegrationTests.Tls;

/// <summary>
/// Who is not the server that a connection string asks for gets nothing, and whoever asks is told why; from the pool's opens, from a
/// monitor's, and from those that only carry a cancel.
/// </summary>
public abstract class TlsTests(TlsServers servers)
{
    private const byte Handshake = 0x16;

    private static readonly Dictionary<string, string> FixedRole = new(StringComparer.Ordinal) { ["Nodes:a:Role"] = "Primary", ["Pool:MaxSize"] = "1" };

    private TestEngine Engine => servers.Engine;

    [Theory]
    [InlineData("VerifyFull", "a")]
    [InlineData("VerifyCA", "a")]
    [InlineData("requiring", "b")]
    [InlineData("requiring", "d")]
    public async Task A_server_that_is_what_the_mode_asks_for_serves_encrypted(string mode, string node)
    {
        await using var host = Route(node, mode);

        Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>(Engine.IsEncrypted));
        Assert.Equal(1, Blocking(host, Engine.IsEncrypted));
    }

    [Theory]
    [InlineData("VerifyFull", "b", "its certificate 'CN=127\\.0\\.0\\.1' ended at [0-9-]+ [0-9:]+ UTC")]
    [InlineData("VerifyCA", "b", "its certificate 'CN=127\\.0\\.0\\.1' ended at [0-9-]+ [0-9:]+ UTC")]
    [InlineData("VerifyFull", "c", "its certificate 'CN=db\\.example\\.com' is for 'db\\.example\\.com', not for '127\\.0\\.0\\.1'")]
    [InlineData("VerifyFull", "d", "its certificate 'CN=127\\.0\\.0\\.1' comes from 'CN=A stranger', which is not a trusted authority")]
    [InlineData("VerifyCA", "d", "its certificate 'CN=127\\.0\\.0\\.1' comes from 'CN=A stranger', which is not a trusted authority")]
    public async Task Another_one_is_refused_and_the_error_says_why(string mode, string node, string found)
    {
        await using var host = Route(node, mode);
        await using var blocking = Route(node, mode);

        var errors = new[]
        {
            await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask()),
            await Task.Run(() => Assert.Throws<NodeUnavailableException>(() => Blocking(blocking, "select 1"))),
        };

        Assert.All(errors, error => AssertSays(error, mode, found, servers.ConnectionString(Node(node), mode)));
    }

    [Fact]
    public async Task Another_host_of_the_same_authority_passes_where_the_driver_tells_the_two_apart()
    {
        await using var host = Route("c", "VerifyCA");
        if (Engine.TellsAuthorityFromHost)
        {
            Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>(Engine.IsEncrypted));
            return;
        }

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask());
        AssertSays(error, "VerifyCA", "its certificate 'CN=db\\.example\\.com' is for 'db\\.example\\.com', not for '127\\.0\\.0\\.1'", servers.ConnectionString(Node("c"), "VerifyCA"));
    }

    [Theory]
    [InlineData("requiring")]
    [InlineData("VerifyFull")]
    public async Task A_server_without_TLS_is_refused(string mode)
    {
        var plain = (await Engine.SharedAsync()).Primary.ConnectionString("");
        await using var host = Engine.Route([servers.With(plain, ModeOf(mode))], FixedRole, health: false);

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask());

        AssertSays(error, ModeOf(mode), "it offers no TLS", plain);
    }

    /// <summary>A node that is not trusted is one that is down: the others serve, it is asked once a second, and serves when it has been mended.</summary>
    [Fact]
    public async Task A_monitor_takes_it_for_down_until_its_certificate_is_renewed()
    {
        await using var host = Engine.Route(servers.Cluster.Nodes.Select(node => servers.ConnectionString(node, "VerifyFull")));
        Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>(Engine.IsEncrypted));
        await Task.WhenAll(new[] { "b", "c", "d" }.Select(node => host.SeesAsync(node, NodeState.Down)));
        await host.SeesAsync("a", NodeState.Up);
        Assert.Equal(Node("a").PortText(), await host.Database.ExecuteScalarAsync<string>(Engine.Port));
        Assert.Contains(host.Logs.WithId(3001), logged => logged.Message.Contains("The server of db/b is not trusted: its certificate 'CN=127.0.0.1' ended at ", StringComparison.Ordinal));

        await servers.ShowAsync(Node("b"), certificateOf: "a");
        try
        {
            await host.SeesAsync("b", NodeState.Up);
            await Eventually.HoldsAsync("it serves", async () => await host.Database.ExecuteScalarAsync<string>(Engine.Port) == Node("b").PortText());
        }
        finally
        {
            await servers.ShowAsync(Node("b"), certificateOf: "b");
        }
    }

    /// <remarks>Without <c>MySqlClient.EndsOpens</c> MySql.Data ends this process: it throws on the thread of its own time-out's timer.</remarks>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_falls_silent_while_TLS_is_agreed_on_costs_its_caller_the_time_for_connecting(bool async)
    {
        const int SomeOfItsAnswer = 200;
        await using var proxy = SilencingProxy.InFrontOf(Node("a").Port);
        proxy.LimitAnswers(SomeOfItsAnswer);
        await using var host = Engine.Route(
            [TestEngine.At(servers.ConnectionString(Node("a"), "VerifyFull"), proxy.Port)],
            new(FixedRole) { ["Timeouts:Connect"] = "00:00:01", ["Timeouts:Cancel"] = "00:00:00.5" },
            health: false);

        var asked = async ? host.Database.ExecuteScalarAsync<int>("select 1").AsTask() : Task.Run(() => Blocking(host, "select 1"));
        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => asked.WaitAsync(Eventually.Bound));

        Assert.True(error.IsTransient);
        proxy.LimitAnswers(int.MaxValue);
        await Eventually.HoldsAsync("it serves again", async () => await host.Database.ExecuteScalarAsync<int>(Engine.IsEncrypted) == 1);
    }

    [Fact]
    public async Task A_cancel_goes_over_TLS_as_well()
    {
        await using var proxy = SilencingProxy.InFrontOf(Node("a").Port);
        await using var host = Engine.Route([TestEngine.At(servers.ConnectionString(Node("a"), "VerifyFull"), proxy.Port)], FixedRole, health: false);

        // Long enough for the statement to be running.
        using var cancel = new CancellationTokenSource();
        var running = host.Database.ExecuteScalarAsync<object>(Engine.Sleeping(300, "1"), cancel.Token).AsTask();
        await RunsAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Eventually.Bound));

        Assert.Equal(1, await host.Database.ExecuteScalarAsync<int>(Engine.IsEncrypted));
        var connections = proxy.Beginnings;
        Assert.True(connections.Count > 1, "The cancel came over no connection of its own.");
        Assert.All(connections, sent => Assert.Equal(Handshake, sent[Engine.BytesBeforeTls]));
    }

    /// <summary>The connection of the cancelled statement is closed instead, and not used again.</summary>
    [Fact]
    public async Task A_cancel_is_not_sent_to_a_server_that_is_not_trusted_any_more()
    {
        await using var host = Route("a", "VerifyFull", new() { ["Timeouts:Cancel"] = "00:00:01" });
        var before = await host.Database.ExecuteScalarAsync<long>(Engine.ConnectionId);
        using var cancel = new CancellationTokenSource();
        var running = host.Database.ExecuteScalarAsync<object>(Engine.Sleeping(300, "1"), cancel.Token).AsTask();
        await RunsAsync();
        await servers.ShowAsync(Node("a"), certificateOf: "b");
        try
        {
            await using var fresh = Route("a", "VerifyFull");
            await Eventually.HoldsAsync("it is not trusted any more", async () => await Record.ExceptionAsync(() => fresh.Database.ExecuteScalarAsync<int>("select 1").AsTask()) is NodeUnavailableException);

            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Eventually.Bound));
        }
        finally
        {
            await servers.ShowAsync(Node("a"), certificateOf: "a");
        }

        await Eventually.HoldsAsync("another connection serves", async () => await host.Database.ExecuteScalarAsync<long>(Engine.ConnectionId) != before);
    }

    /// <summary>How many statements of this test the server runs, itself seen by an administrator.</summary>
    protected abstract string CountOfSleepers { get; }

    /// <param name="more">What else its connection string says; it wins.</param>
    protected RoutedHost Route(string node, string mode, Dictionary<string, string>? settings = null, string more = "") =>
        Engine.Route([servers.ConnectionString(Node(node), ModeOf(mode)) + more], new([.. FixedRole, .. settings ?? []]), health: false);

    private static int Blocking(RoutedHost host, string sql) => host.Database.ExecuteScalar<int>(sql);

    private static void AssertSays(NodeUnavailableException error, string mode, string found, string connectionString)
    {
        // Whose attempt it was that failed does not matter.
        Assert.Contains(error.Code, (string[])[ErrorCodes.OpenFailed, ErrorCodes.OpenSuspended]);
        Assert.Matches($"\"The server of db/a is not trusted: {found}\\. SSL Mode={mode} of its connection string allows only a server with TLS", error.Message);
        Assert.Equal(ErrorCodes.ServerNotTrusted, Assert.IsType<RoutingException>(error.InnerException).Code);
        Assert.False(error.IsTransient);
        var password = (string)new DbConnectionStringBuilder { ConnectionString = connectionString }["Password"];
        Assert.DoesNotContain(password, error.ToString(), StringComparison.Ordinal);
    }

    private string ModeOf(string mode) => mode == "requiring" ? Engine.RequiringMode : mode;

    private LocalNode Node(string name) => servers.Cluster.Nodes.Single(node => node.Name == name);

    private Task RunsAsync() => Eventually.HoldsAsync("the statement runs", async () => await Node("a").QueryAsAdminAsync(CountOfSleepers) == "1");
}

public sealed class PostgreSqlTlsTests(PostgreSqlTlsServers servers) : TlsTests(servers), IClassFixture<PostgreSqlTlsServers>
{
    protected override string CountOfSleepers => "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(300)%' and pid <> pg_backend_pid()";

    [Fact]
    public async Task A_file_of_authorities_that_is_not_there_is_named()
    {
        await using var host = Route("a", "VerifyFull", more: ";Root Certificate=/nowhere/ca.pem");

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask());

        Assert.Contains("the file of trusted authorities cannot be read (", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/ca.pem", error.Message, StringComparison.Ordinal);
    }
}

public sealed class MariaDbTlsTests(MariaDbTlsServers servers) : TlsTests(servers), IClassFixture<MariaDbTlsServers>
{
    protected override string CountOfSleepers => "select count(*) from information_schema.processlist where state = 'User sleep'";
}
