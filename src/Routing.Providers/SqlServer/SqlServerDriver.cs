using System.Globalization;
using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.SqlServer;

/// <summary>
/// One SQL Server. Each physical connection has a pool of SqlClient's to itself, of one connection: closed and opened again,
/// it is the same connection, and the server resets its session with the next request, which costs no round trip. Nothing
/// else makes SqlClient ask for that. Thread-safe.
/// </summary>
internal sealed class SqlServerDriver : ServerLogIn<PhysicalConnection>, IDriver
{
    private const int DefaultPort = 1433;

    // A life of thirty years and some, different for each connection: SqlClient's pools are told apart by their connection
    // strings, and no other key can differ without the server's seeing it.
    private const int FirstLifetime = 1_000_000_000;

    private static int _lastLifetime = FirstLifetime;

    public SqlServerDriver(DriverContext context)
        : base(context) => Endpoint = EndpointOf(new SqlConnectionStringBuilder(context.ConnectionString));

    public string System => "microsoft.sql_server";

    public LaneLayout Lanes => LaneLayout.Shared;

    public bool AlwaysFresh => false;

    public NodeEndpoint Endpoint { get; }

    public ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken) =>
        LogInAsync(async, deadline, cancellationToken);

    public ErrorClass Classify(Exception error) => SqlServerErrors.Classify(error);

    public string? StatusCodeOf(Exception error) => SqlServerErrors.StatusCodeOf(error);

    public bool IsAnswer(Exception error) => SqlServerErrors.IsAnswer(error);

    public RowFault FaultOf(Exception error) => SqlServerErrors.FaultOf(error);

    public ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        ((SqlServerPhysicalConnection)connection).BulkInsertAsync(load, async, cancellationToken);

    public ValueTask DisposeAsync() => default;

    /// <summary><c>[protocol:]server[\instance][,port]</c>.</summary>
    private static NodeEndpoint EndpointOf(SqlConnectionStringBuilder settings)
    {
        var server = settings.DataSource;
        server = server[(server.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var comma = server.IndexOf(',', StringComparison.Ordinal);
        var port = comma >= 0 && int.TryParse(server[(comma + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out var found) ? found : DefaultPort;
        server = (comma >= 0 ? server[..comma] : server).Split('\\')[0].Trim();
        return new NodeEndpoint(server, port == DefaultPort ? null : port, settings.InitialCatalog.Length == 0 ? null : settings.InitialCatalog);
    }

    protected override bool IsRefusedLogIn(Exception error) => error is SqlException refused && SqlServerErrors.IsRefusedLogin(refused);

    protected override bool IsTimeOut(Exception error, bool hasPassed) => error is SqlException ended && (hasPassed || SqlServerErrors.IsTimeOut(ended));

    protected override async ValueTask<PhysicalConnection> ConnectAsync(
        NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var connection = new SqlConnection(Apply(credentials, deadline));
        try
        {
            Context.Options.GetFeature<SqlServerFeature>()?.Configure(connection);
            if (async)
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                cancellationToken.ThrowIfCancellationRequested();
                connection.Open();
            }
        }
        catch
        {
            Discard(connection);
            throw;
        }

        var physical = new SqlServerPhysicalConnection(Context.Options, Context.Time, Name, connection);
        try
        {
            await UserCode.OpenedAsync(Context.Options, connection, async, cancellationToken).ConfigureAwait(false);
            return physical;
        }
        catch
        {
            await physical.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Its pool is nobody else's, so nothing of it may stay behind.</summary>
    private static void Discard(SqlConnection connection)
    {
        SqlConnection.ClearPool(connection);
        connection.Dispose();
    }

    private string Apply(NodeCredentials? credentials, Deadline deadline)
    {
        var timeouts = Context.Options.Timeouts;
        var settings = new SqlConnectionStringBuilder(Context.ConnectionString)
        {
            Enlist = false,
            PersistSecurityInfo = false,
            MultipleActiveResultSets = false,
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = 1,
            LoadBalanceTimeout = Interlocked.Increment(ref _lastLifetime),
            PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock,
            ConnectRetryCount = 0,

            // Whole seconds, and 0 would mean for ever; the exact deadline is a token's.
            ConnectTimeout = SecondsOf(deadline.IsNone ? timeouts.Connect : deadline.Remaining),
            CommandTimeout = timeouts.Command == TimeSpan.Zero ? 0 : SecondsOf(timeouts.Command),
        };
        if (credentials is not null)
        {
            settings.Password = credentials.Password;
            settings.UserID = credentials.UserName ?? settings.UserID;
        }

        return settings.ConnectionString;
    }

    internal static int SecondsOf(TimeSpan time) => Math.Max((int)Math.Ceiling(time.TotalSeconds), 1);
}
