using System.Data.Common;
using System.Globalization;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.MySql;

/// <summary>
/// How connections to one server are opened, within a deadline that the client libraries do not always keep: MySql.Data waits
/// for ever for a server that has accepted and says nothing. Thread-safe.
/// </summary>
internal sealed class MySqlNode : ServerLogIn<DbConnection>
{
    private const int DefaultPort = 3306;

    // As milliseconds it is the longest that a timer takes.
    private const int LongestTimeoutSeconds = int.MaxValue / 1000;

    private readonly MySqlClient _client;

    public MySqlNode(DriverContext context, MySqlClient client)
        : base(context)
    {
        _client = client;
        var settings = Settings(context.ConnectionString);
        Endpoint = new NodeEndpoint(
            Value(settings, "Server"),
            uint.TryParse(Value(settings, "Port"), CultureInfo.InvariantCulture, out var port) && port != DefaultPort ? (int)port : null,
            Value(settings, "Database"));
    }

    /// <summary>See <see cref="MySqlClient.ClosesFailedReaders"/>.</summary>
    public bool ClosesFailedReaders => _client.ClosesFailedReaders;

    /// <summary>See <see cref="MySqlClient.ReadsMoments"/>.</summary>
    public bool ReadsMoments => _client.ReadsMoments;

    public string DataSource => Context.DataSource;

    public DataSourceOptions Options => Context.Options;

    public TimeProvider Time => Context.Time;

    public NodeEndpoint Endpoint { get; }

    /// <summary>Opens a connection of the driver's.</summary>
    /// <exception cref="TimeoutException">The deadline passed.</exception>
    public ValueTask<DbConnection> OpenAsync(bool async, Deadline deadline, CancellationToken cancellationToken) => LogInAsync(async, deadline, cancellationToken);

    /// <inheritdoc cref="UserCode.OpenedAsync"/>
    public ValueTask OpenedAsync(DbConnection connection, bool async, CancellationToken cancellationToken) =>
        UserCode.OpenedAsync(Options, connection, async, cancellationToken);

    /// <summary>Ends a connection or what runs on it, over another. False when that could not be done within the time for it.</summary>
    public async Task<bool> KillAsync(string verb, long connectionId)
    {
        var deadline = Deadline.After(Time, Options.Timeouts.Cancel);
        try
        {
            var connection = await OpenAsync(async: true, deadline, CancellationToken.None).ConfigureAwait(false);
            using var limit = new CancellationTokenSource(deadline.Remaining, Time);
            var killing = SendAsync(connection, string.Create(CultureInfo.InvariantCulture, $"{verb} {connectionId}"));
            return await killing.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is DbException or TimeoutException or OperationCanceledException or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    protected override bool IsRefusedLogIn(Exception error) => error is DbException && MySqlClient.NumberOf(error) == MySqlErrors.AccessDenied;

    /// <summary>A synchronous open ends by the library's own time-out, which it tells as it tells any failure.</summary>
    protected override bool IsTimeOut(Exception error, bool hasPassed) => error is DbException && hasPassed;

    protected override TlsInspection? InspectionAfter(Exception error) => MySqlTls.InspectionAfter(_client, Settings(Context.ConnectionString), error);

    protected override async ValueTask<DbConnection> ConnectAsync(NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var connection = _client.CreateConnection(ConnectionString(credentials, async, deadline));
        try
        {
            Options.GetFeature<MySqlFeature>()?.Configure(connection);
            if (async)
            {
                var opening = connection.OpenAsync(_client.EndsOpens ? cancellationToken : CancellationToken.None);
                await FinishAsync(connection, opening, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                connection.Open();
            }

            return connection;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (async)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                connection.Dispose();
            }

            throw;
        }
    }

    private static async Task<bool> SendAsync(DbConnection connection, string text)
    {
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = text;
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                return true;
            }
        }
    }

    internal static string? Value(DbConnectionStringBuilder settings, string key) =>
        settings.TryGetValue(key, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    /// <summary>Sets what one of the libraries may not know, and then does not need either.</summary>
    private static void Set(DbConnectionStringBuilder settings, string key, object value)
    {
        try
        {
            settings[key] = value;
        }
        catch (ArgumentException)
        {
            // See above.
        }
    }

    /// <summary>Gives up at the token's word, whatever the library does; a connection that opens after all is closed.</summary>
    private static async Task FinishAsync(DbConnection connection, Task opening, CancellationToken cancellationToken)
    {
        try
        {
            await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(
                static (task, state) =>
                {
                    _ = task.Exception;
                    ((DbConnection)state!).Dispose();
                },
                connection,
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw;
        }
    }

    private string ConnectionString(NodeCredentials? credentials, bool async, Deadline deadline)
    {
        var settings = Settings(Context.ConnectionString);
        Set(settings, "Connection Timeout", TimeoutSeconds(settings, async, deadline));
        if (credentials is not null)
        {
            Set(settings, "Password", credentials.Password);
            if (credentials.UserName is { } user)
            {
                Set(settings, "User ID", user);
            }
        }

        return settings.ConnectionString;
    }

    /// <summary>
    /// The library's own time-out. Where it must not pass, an asynchronous open has none, and is given up as any is; a blocking one must
    /// have one, and is given up by whoever made a thread for it.
    /// </summary>
    private int TimeoutSeconds(DbConnectionStringBuilder settings, bool async, Deadline deadline)
    {
        if (!_client.EndsOpens && Value(settings, "SslMode") is not ("Disabled" or "None"))
        {
            return async ? 0 : LongestTimeoutSeconds;
        }

        var remaining = deadline.IsNone ? Options.Timeouts.Connect : deadline.Remaining;
        return Math.Max((int)Math.Ceiling(remaining.TotalSeconds), 1);
    }

    private DbConnectionStringBuilder Settings(string connectionString)
    {
        var settings = _client.Factory.CreateConnectionStringBuilder()!;
        settings.ConnectionString = connectionString;
        Set(settings, "Pooling", false);
        Set(settings, "Auto Enlist", false);
        Set(settings, "Allow Batch", true);
        Set(settings, "Persist Security Info", false);

        // Time-outs are the guard's: what MySql.Data does at its own never ends, or costs the connection.
        Set(settings, "Default Command Timeout", 0);
        if (!settings.TryGetValue("Character Set", out var characters) || characters is null or "")
        {
            Set(settings, "Character Set", "utf8mb4");
        }

        return settings;
    }
}
