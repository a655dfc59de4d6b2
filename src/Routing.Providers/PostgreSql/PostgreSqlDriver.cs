using System.Data.Common;
using Npgsql;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// One PostgreSQL server. Each physical connection has an Npgsql data source with a pool of one, whose only use is its
/// reset: closed and opened again, Npgsql gives back the same server connection and sends its reset together with the next
/// command, without dropping what is prepared. Thread-safe.
/// </summary>
internal sealed class PostgreSqlDriver : ServerLogIn<PhysicalConnection>, IDriver
{
    // Server memory per statement and connection is some 10 KB; this many keep the everyday statements of a service.
    private const int DefaultAutoPrepare = 256;
    private const int DefaultAutoPrepareMinUsages = 2;

    // Npgsql refuses more.
    private const int MaxTimeoutSeconds = 1024;

    // The pool of one never has an idle connection for longer than a reset takes, so nothing is there to prune.
    private const int NeverSeconds = 24 * 60 * 60;

    private readonly HashSet<string> _keys;
    private readonly NpgsqlConnectionStringBuilder _settings;

    public PostgreSqlDriver(DriverContext context)
        : base(context)
    {
        _keys = KeysOf(context.ConnectionString);
        _settings = new NpgsqlConnectionStringBuilder(context.ConnectionString);
        Endpoint = EndpointOf(_settings);
    }

    public string System => "postgresql";

    public LaneLayout Lanes => LaneLayout.Shared;

    public bool AlwaysFresh => false;

    public NodeEndpoint Endpoint { get; }

    public ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken) =>
        LogInAsync(async, deadline, cancellationToken);

    public ErrorClass Classify(Exception error) => PostgreSqlErrors.Classify(error);

    public string? StatusCodeOf(Exception error) => PostgreSqlErrors.StatusCodeOf(error);

    public RowFault FaultOf(Exception error) => PostgreSqlErrors.FaultOf(error);

    public ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        PostgreSqlBulkInsert.RunAsync((NpgsqlConnection)connection.Connection, load, Context.Options.Timeouts.Cancel, async, cancellationToken);

    public ValueTask DisposeAsync() => default;

    private static NodeEndpoint EndpointOf(NpgsqlConnectionStringBuilder settings) => new(
        settings.Host,
        settings.Port == NpgsqlConnection.DefaultPort ? null : settings.Port,
        settings.Database ?? settings.Username);

    private static HashSet<string> KeysOf(string connectionString)
    {
        var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string key in new DbConnectionStringBuilder { ConnectionString = connectionString }.Keys)
        {
            keys.Add(key.Replace(" ", "", StringComparison.Ordinal));
        }

        return keys;
    }

    protected override bool IsRefusedLogIn(Exception error) => error is PostgresException refused && PostgreSqlErrors.IsRefusedLogin(refused);

    protected override bool IsTimeOut(Exception error, bool hasPassed) => error is NpgsqlException { InnerException: TimeoutException };

    protected override TlsInspection? InspectionAfter(Exception error) => error is NpgsqlException refused ? PostgreSqlTls.InspectionAfter(_settings, refused) : null;

    protected override async ValueTask<PhysicalConnection> ConnectAsync(
        NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var source = BuildSource(credentials, deadline);
        PostgreSqlPhysicalConnection physical;
        try
        {
            var connection = source.CreateConnection();
            await OpenAsync(connection, async, cancellationToken).ConfigureAwait(false);
            physical = new PostgreSqlPhysicalConnection(Context.Options, Context.Time, source, connection);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            await physical.SetUpAsync(async, cancellationToken).ConfigureAwait(false);
            return physical;
        }
        catch
        {
            await physical.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    private static ValueTask OpenAsync(NpgsqlConnection connection, bool async, CancellationToken cancellationToken)
    {
        if (async)
        {
            return new(connection.OpenAsync(cancellationToken));
        }

        connection.Open();
        return default;
    }

    private NpgsqlDataSource BuildSource(NodeCredentials? credentials, Deadline deadline)
    {
        var builder = new NpgsqlDataSourceBuilder(Context.ConnectionString);
        builder.UseLoggerFactory(Context.LoggerFactory);
        Context.Options.GetFeature<PostgreSqlFeature>()?.Configure(builder);

        // One name for all of a node's sources: Npgsql would use the connection string in its metrics and traces.
        builder.Name = $"Routing:{Name}";
        if (!Context.Options.Telemetry.DriverSpans)
        {
            // Last, so that it holds whatever the user's own set-up said: each statement has its client span already.
            builder.ConfigureTracing(static tracing => tracing
                .ConfigureCommandFilter(static _ => false)
                .ConfigureBatchFilter(static _ => false)
                .ConfigureCopyOperationFilter(static _ => false)
                .EnablePhysicalOpenTracing(false));
        }

        Apply(builder.ConnectionStringBuilder, deadline);
        if (credentials is not null)
        {
            builder.ConnectionStringBuilder.Password = credentials.Password;
            builder.ConnectionStringBuilder.Username = credentials.UserName ?? builder.ConnectionStringBuilder.Username;
        }

        return builder.Build();
    }

    private void Apply(NpgsqlConnectionStringBuilder settings, Deadline deadline)
    {
        var timeouts = Context.Options.Timeouts;
        settings.Enlist = false;
        settings.PersistSecurityInfo = false;
        settings.Pooling = true;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = 1;
        settings.ConnectionLifetime = 0;
        settings.ConnectionIdleLifetime = NeverSeconds;
        settings.ConnectionPruningInterval = NeverSeconds;
        settings.NoResetOnClose = false;

        // Whole seconds, and 0 would mean for ever; the exact deadline is a token's.
        settings.Timeout = Math.Min(SecondsOf(deadline.IsNone ? timeouts.Connect : deadline.Remaining), MaxTimeoutSeconds);
        settings.CommandTimeout = timeouts.Command == TimeSpan.Zero ? 0 : SecondsOf(timeouts.Command);
        settings.CancellationTimeout = (int)timeouts.Cancel.TotalMilliseconds;
        if (!_keys.Contains("MaxAutoPrepare") && settings.MaxAutoPrepare == 0)
        {
            settings.MaxAutoPrepare = DefaultAutoPrepare;
        }

        if (!_keys.Contains("AutoPrepareMinUsages"))
        {
            settings.AutoPrepareMinUsages = DefaultAutoPrepareMinUsages;
        }
    }

    private static int SecondsOf(TimeSpan time) => Math.Max((int)Math.Ceiling(time.TotalSeconds), 1);
}
