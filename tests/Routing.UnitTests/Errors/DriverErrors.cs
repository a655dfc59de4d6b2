using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Providers.MySql;
using Routing.Providers.PostgreSql;
using Routing.Sessions;
using Routing.Testing;
using Routing.UnitTests.Providers.Sqlite;
using static Routing.UnitTests.Errors.OrdersFixture;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class DriverErrors
{
    [Provokes(ErrorCodes.OpenTimedOut)]
    public static async Task<Exception> A_server_that_accepts_and_never_answers()
    {
        using var blackHole = new TcpListener(IPAddress.Loopback, 0);
        blackHole.Start();
        var time = new ManualTimeProvider();
        var driver = new PostgreSqlEngine().CreateDriver(new DriverContext
        {
            DataSource = "orders",
            Node = "a",
            ConnectionString = $"Host=127.0.0.1;Port={((IPEndPoint)blackHole.LocalEndpoint).Port};Username=app;Password=secret;Database=orders",
            Options = new DataSourceOptions(),
            Time = time,
            LoggerFactory = NullLoggerFactory.Instance,
        });
        var opening = driver.OpenAsync(Lane.Writer, async: true, Deadline.After(time, TimeSpan.FromSeconds(2)), CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(2));
        return await ThrownAsync(() => opening);
    }

    [Provokes(ErrorCodes.CommandTimedOut)]
    public static async Task<Exception> A_command_that_runs_longer_than_it_may()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync(Lane.Reader);
        await using var command = Command(connection, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000) select count(*) from n");
        command.CommandTimeout = 1;
        return await ThrownAsync(() => command.ExecuteScalarAsync());
    }

    [Provokes(ErrorCodes.CommandTimedOut)]
    public static async Task<Exception> A_command_that_waits_for_a_lock_longer_than_it_may()
    {
        await using var nodes = new SqliteNodes();
        var connection = await nodes.LeaseAsync();
        await Command(connection, "create table t (id integer)").ExecuteNonQueryAsync();
        using var foreign = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={nodes.File};Pooling=False");
        foreign.Open();
        using var lockHolder = foreign.BeginTransaction(deferred: false);
        await using var command = Command(connection, "insert into t values (1)");
        command.CommandTimeout = 1;
        return await ThrownAsync(() => command.ExecuteNonQueryAsync());
    }

    [Provokes(ErrorCodes.ConnectionLost)]
    public static Task<Exception> A_connection_closed_under_its_command() =>
        Task.FromResult<Exception>(Routing.Providers.SqlServer.SqlServerErrors.Lost("orders/a", new InvalidOperationException("Invalid operation. The connection is closed.")));

    [Provokes(ErrorCodes.UnsupportedSqlMode)]
    public static Task<Exception> A_server_whose_quotes_mean_something_else() =>
        Task.FromResult(Thrown(static () => ServerFacts.RefuseMode("orders/a", "STRICT_TRANS_TABLES,ANSI_QUOTES")));

    [Provokes(ErrorCodes.ServerNotTrusted)]
    public static Task<Exception> A_certificate_of_another_host() => RefusedAsync(CertificateOf("db.example.com"));

    [Provokes(ErrorCodes.ServerNotTrusted)]
    public static Task<Exception> A_server_without_TLS() => RefusedAsync(certificate: null);

    [Provokes(ErrorCodes.Bug)]
    public static Task<Exception> A_synchronous_call_that_goes_asynchronous() =>
        Task.FromResult(Thrown(static () => new ValueTask(new TaskCompletionSource().Task).Completed()));

    /// <summary>What a look at a server finds; the bytes of a protocol before TLS are none here.</summary>
    private static async Task<Exception> RefusedAsync(X509Certificate2? certificate)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ShowAsync(listener, certificate);
        var inspection = new TlsInspection(
            "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "VerifyFull", ChecksHost: true, TrustedRoots: null, (_, _, _) => new(certificate is not null));
        var refusal = await TlsRefusal.ExplainAsync("orders/a", inspection, new InvalidOperationException(), TimeProvider.System, Deadline.None, async: true, CancellationToken.None);
        await serving;
        return refusal!;
    }

    private static async Task ShowAsync(TcpListener listener, X509Certificate2? certificate)
    {
        using var client = await listener.AcceptTcpClientAsync();
        if (certificate is not null)
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(certificate);
        }
    }

    private static X509Certificate2 CertificateOf(string host)
    {
        using var authority = new TestAuthority("An authority");
        var (certificate, key) = authority.Issue(host);
        return X509Certificate2.CreateFromPem(certificate, key);
    }
}
