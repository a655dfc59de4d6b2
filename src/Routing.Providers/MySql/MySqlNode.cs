using System.Data.Common;
using System.Globalization;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing.Providers.MySql;

/// <summary>
/// How connections to one server are opened, within a deadline that the client libraries do not always keep: MySql.Data waits
/// for ever for a server that has accepted and says nothing. Thread-safe.
/// </summary>
internal sealed class MySqlNode
{
    private const int DefaultPort = 3306;

    // As milliseconds it is the longest that a timer takes.
    private const int LongestTimeoutSeconds = int.MaxValue / 1000;

    private readonly DriverContext _context;
    private readonly MySqlClient _client;
    private readonly CachedCredentials? _credentials;

    public MySqlNode(DriverContext context, MySqlClient client)
    {
        _context = context;
        _client = client;
        Name = $"{context.DataSource}/{context.Node}";
        var settings = Settings(context.ConnectionString);
        Endpoint = new NodeEndpoint(
            Value(settings, "Server"),
            uint.TryParse(Value(settings, "Port"), CultureInfo.InvariantCulture, out var port) && port != DefaultPort ? (int)port : null,
            Value(settings, "Database"));
        if (context.Options.CredentialProvider is { } provider)
        {
            _credentials = new CachedCredentials(provider, context.Time, context.DataSource, context.Node);
        }
    }

    /// <summary>What errors call it: <c>orders/a</c>.</summary>
    public string Name { get; }

    /// <summary>See <see cref="MySqlClient.ClosesFailedReaders"/>.</summary>
    public bool ClosesFailedReaders => _client.ClosesFailedReaders;

    /// <summary>See <see cref="MySqlClient.ReadsMoments"/>.</summary>
    public bool ReadsMoments => _client.ReadsMoments;

    public string DataSource => _context.DataSource;

    public DataSourceOptions Options => _context.Options;

    public TimeProvider Time => _context.Time;

    public NodeEndpoint Endpoint { get; }

    /// <summary>Opens a connection of the driver's, logged in again once where the first log-in was refused with credentials that may be out of date.</summary>
    /// <exception cref="TimeoutException">The deadline passed.</exception>
    public async ValueTask<DbConnection> OpenAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        using var timer = deadline.IsNone ? null : new CancellationTokenSource(deadline.Remaining, Time);
        using var limit = timer is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        var token = limit?.Token ?? cancellationToken;
        try
        {
            var credentials = await GetCredentialsAsync(async, token).ConfigureAwait(false);
            try
            {
                return await ConnectAsync(credentials, async, deadline, token).ConfigureAwait(false);
            }
            catch (DbException error) when (credentials is not null && MySqlClient.NumberOf(error) == MySqlErrors.AccessDenied)
            {
                _credentials!.Invalidate(credentials);
            }

            credentials = await GetCredentialsAsync(async, token).ConfigureAwait(false);
            return await ConnectAsync(credentials, async, deadline, token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (timer?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(error);
        }
        catch (DbException error) when (deadline.HasPassed)
        {
            // A synchronous open ends by the library's own time-out, which it tells as it tells any failure.
            throw TimedOut(error);
        }
        catch (Exception error) when (MySqlTls.InspectionAfter(_client, Settings(_context.ConnectionString), error) is { } inspection)
        {
            if (await TlsRefusal.ExplainAsync(Name, inspection, error, Time, deadline, async, cancellationToken).ConfigureAwait(false) is { } refusal)
            {
                throw refusal;
            }

            throw;
        }
    }

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

    private TimeoutException TimedOut(Exception error) => CodedErrors.Timeout(
        ErrorCodes.OpenTimedOut,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Opening a connection to {Name} did not end in time; Timeouts:Connect of data source '{_context.DataSource}' is {Options.Timeouts.Connect.TotalSeconds} s. Nothing was sent; a retry is safe."),
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

    private async ValueTask<DbConnection> ConnectAsync(NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken)
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
        var settings = Settings(_context.ConnectionString);
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
