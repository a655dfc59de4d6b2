using System.Globalization;
using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.SqlServer;

/// <summary>
/// One SQL Server. Each physical connection has a pool of SqlClient's to itself, of one connection: closed and opened again,
/// it is the same connection, and the server resets its session with the next request, which costs no round trip. Nothing
/// else makes SqlClient ask for that. Thread-safe.
/// </summary>
internal sealed class SqlServerDriver : IDriver
{
    private const int DefaultPort = 1433;

    // A life of thirty years and some, different for each connection: SqlClient's pools are told apart by their connection
    // strings, and no other key can differ without the server's seeing it.
    private const int FirstLifetime = 1_000_000_000;

    private static int _lastLifetime = FirstLifetime;

    private readonly DriverContext _context;
    private readonly CachedCredentials? _credentials;

    public SqlServerDriver(DriverContext context)
    {
        _context = context;
        Endpoint = EndpointOf(new SqlConnectionStringBuilder(context.ConnectionString));
        if (context.Options.CredentialProvider is { } provider)
        {
            _credentials = new CachedCredentials(provider, context.Time, context.DataSource, context.Node);
        }
    }

    public string System => "microsoft.sql_server";

    public LaneLayout Lanes => LaneLayout.Shared;

    public bool AlwaysFresh => false;

    public NodeEndpoint Endpoint { get; }

    /// <summary>What errors call the node: <c>orders/a</c>.</summary>
    public string Name => $"{_context.DataSource}/{_context.Node}";

    public ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        // SqlClient's pool and its timers outlive the caller and must not hold on to its context, nor to its transaction.
        if (ExecutionContext.IsFlowSuppressed())
        {
            return LogInAsync(async, deadline, cancellationToken);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return LogInAsync(async, deadline, cancellationToken);
        }
    }

    public ErrorClass Classify(Exception error) => SqlServerErrors.Classify(error);

    public string? StatusCodeOf(Exception error) => SqlServerErrors.StatusCodeOf(error);

    public bool IsAnswer(Exception error) => SqlServerErrors.IsAnswer(error);

    public RowFault FaultOf(Exception error) => SqlServerErrors.FaultOf(error);

    public ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        ((SqlServerPhysicalConnection)connection).BulkInsertAsync(load, async, cancellationToken);

    public ValueTask DisposeAsync() => default;

    /// <summary>Waits for what only the user's code can make asynchronous in a synchronous open.</summary>
    internal static ValueTask RunAsync(ValueTask task, bool async)
    {
        if (async || task.IsCompleted)
        {
            return task;
        }

#pragma warning disable VSTHRD002 // See above.
        task.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        return default;
    }

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

    private async ValueTask<PhysicalConnection> LogInAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        using var limit = new OpenLimit(_context.Time, deadline, cancellationToken);
        try
        {
            var credentials = await GetCredentialsAsync(async, limit.Token).ConfigureAwait(false);
            try
            {
                return await ConnectAsync(credentials, async, deadline, limit.Token).ConfigureAwait(false);
            }
            catch (SqlException error) when (credentials is not null && SqlServerErrors.IsRefusedLogin(error))
            {
                _credentials!.Invalidate(credentials);
            }

            credentials = await GetCredentialsAsync(async, limit.Token).ConfigureAwait(false);
            return await ConnectAsync(credentials, async, deadline, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or SqlException && limit.HasPassed && !cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(error);
        }
        catch (SqlException error) when (SqlServerErrors.IsTimeOut(error))
        {
            throw TimedOut(error);
        }
    }

    private TimeoutException TimedOut(Exception error) => CodedErrors.Timeout(
        ErrorCodes.OpenTimedOut,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Opening a connection to {Name} did not end in time; Timeouts:Connect of data source '{_context.DataSource}' is {_context.Options.Timeouts.Connect.TotalSeconds} s. Nothing was sent; a retry is safe."),
        error);

    private async ValueTask<NodeCredentials?> GetCredentialsAsync(bool async, CancellationToken cancellationToken)
    {
        if (_credentials is null)
        {
            return null;
        }

        var credentials = _credentials.GetAsync(cancellationToken).AsTask();
        await RunAsync(new ValueTask(credentials), async).ConfigureAwait(false);
        return await credentials.ConfigureAwait(false);
    }

    private async ValueTask<PhysicalConnection> ConnectAsync(
        NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var connection = new SqlConnection(Apply(credentials, deadline));
        try
        {
            _context.Options.GetFeature<SqlServerFeature>()?.Configure(connection);
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

        var physical = new SqlServerPhysicalConnection(_context.Options, _context.Time, Name, connection);
        try
        {
            if (_context.Options.OnPhysicalOpen is { } onOpen)
            {
                await RunAsync(onOpen(connection, cancellationToken), async).ConfigureAwait(false);
            }

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
        var timeouts = _context.Options.Timeouts;
        var settings = new SqlConnectionStringBuilder(_context.ConnectionString)
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
