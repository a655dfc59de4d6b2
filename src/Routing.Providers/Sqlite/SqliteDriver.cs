using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>
/// One SQLite database. A file has one writing and many reading connections, in WAL mode, so that readers and the writer
/// do not block each other; an in-memory database lives in its one connection. Thread-safe.
/// </summary>
internal sealed partial class SqliteDriver : IDriver
{
    private readonly DriverContext _context;
    private readonly SqliteNode _node;
    private readonly string _connectionString;
    private readonly bool _isReadOnlyFile;
    private readonly ILogger _logger;
    private readonly Lock _setUpGate = new();
    private bool _isSetUp;

    /// <exception cref="RoutingConfigurationException">The connection string asks for a shared cache.</exception>
    public SqliteDriver(DriverContext context)
    {
        _context = context;
        _logger = context.LoggerFactory.CreateLogger<SqliteDriver>();
        var builder = new SqliteConnectionStringBuilder(context.ConnectionString) { Pooling = false };
        RefuseSharedCache(context, builder);
        _connectionString = builder.ToString();
        _isReadOnlyFile = builder.Mode == SqliteOpenMode.ReadOnly;
        Lanes = IsInMemory(builder) ? LaneLayout.OneConnection : LaneLayout.WriterAndReaders;
        _node = new SqliteNode(context, Lanes);
        Endpoint = new NodeEndpoint(Address: null, Port: null, Lanes == LaneLayout.OneConnection ? ":memory:" : FileNameOf(builder.DataSource));
    }

    public string System => "sqlite";

    public LaneLayout Lanes { get; }

    public bool AlwaysFresh => true;

    public bool DescribesColumns => false;

    public NodeEndpoint Endpoint { get; }

    public async ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EnsureSetUp(deadline);
        var physical = Connect(Lanes == LaneLayout.OneConnection ? Lane.Writer : lane, deadline);
        try
        {
            await UserCode.OpenedAsync(_context.Options, physical.Connection, async, cancellationToken).ConfigureAwait(false);
            if (lane == Lane.Reader && Lanes == LaneLayout.WriterAndReaders)
            {
                // Last, so that the set-up above is not limited by it.
                physical.Execute("PRAGMA query_only=1");
            }

            physical.Born();
            return physical;
        }
        catch
        {
            await physical.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ErrorClass Classify(Exception error) => SqliteErrors.Classify(error);

    public string? StatusCodeOf(Exception error) => SqliteErrors.StatusCodeOf(error);

    public RowFault FaultOf(Exception error) => SqliteErrors.FaultOf(error);

    public ValueTask<long> BulkInsertAsync(PhysicalConnection connection, BulkLoad load, bool async, CancellationToken cancellationToken) =>
        SqliteBulkInsert.RunAsync((SqlitePhysicalConnection)connection, load, async, cancellationToken);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    // Directories tell nothing that the node's name does not, and may name people.
    private static string FileNameOf(string dataSource) => Path.GetFileName(dataSource.Split('?')[0]);

    private static bool IsInMemory(SqliteConnectionStringBuilder builder) =>
        builder.Mode == SqliteOpenMode.Memory
        || builder.DataSource.Length == 0
        || builder.DataSource.Equals(":memory:", StringComparison.OrdinalIgnoreCase)
        || (IsUri(builder)
            && (builder.DataSource.Contains("mode=memory", StringComparison.OrdinalIgnoreCase)
                || builder.DataSource.StartsWith("file::memory:", StringComparison.OrdinalIgnoreCase)));

    private static bool IsUri(SqliteConnectionStringBuilder builder) =>
        builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);

    private static void RefuseSharedCache(DriverContext context, SqliteConnectionStringBuilder builder)
    {
        if (builder.Cache == SqliteCacheMode.Shared
            || (IsUri(builder) && builder.DataSource.Contains("cache=shared", StringComparison.OrdinalIgnoreCase)))
        {
            throw new RoutingConfigurationException(
                $"Node '{context.Node}' of data source '{context.DataSource}': 'Cache=Shared' is not supported, because its table locks make readers fail while the writer writes. Leave it out: a file is opened in WAL mode, an in-memory database has one connection that everybody shares.")
            {
                Code = ErrorCodes.SharedCache,
            };
        }
    }

    private static TimeSpan LimitOf(Deadline deadline) => deadline.IsNone ? TimeSpan.MaxValue : deadline.Remaining;

    private SqlitePhysicalConnection Connect(Lane lane, Deadline deadline)
    {
        var connection = new LaneConnection(_connectionString);
        SqlitePhysicalConnection physical;
        try
        {
            connection.Open();
            physical = new SqlitePhysicalConnection(_node, connection, lane, LimitOf(deadline));
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        try
        {
            _context.Options.GetFeature<SqliteFeature>()?.Configure(connection);
            return physical;
        }
        catch
        {
#pragma warning disable CA2012, VSTHRD002 // Closing a SQLite connection is synchronous.
            physical.DisposeAsync().GetAwaiter().GetResult();
#pragma warning restore CA2012, VSTHRD002
            throw;
        }
    }

    /// <summary>
    /// Sets WAL mode, which stays with the file, before the first lane opens: changing it later would need every reader
    /// to be out. It is tried again at the next open until the file has it.
    /// </summary>
    private void EnsureSetUp(Deadline deadline)
    {
        if (Volatile.Read(ref _isSetUp))
        {
            return;
        }

        lock (_setUpGate)
        {
            if (_isSetUp)
            {
                return;
            }

            var isDone = Lanes == LaneLayout.OneConnection || _isReadOnlyFile || TrySetWal(deadline);
            Volatile.Write(ref _isSetUp, isDone);
        }
    }

    private bool TrySetWal(Deadline deadline)
    {
        using var connection = new LaneConnection(_connectionString);
        connection.Open();
        raw.sqlite3_busy_timeout(connection.Handle, (int)Math.Min(LimitOf(deadline).TotalMilliseconds, int.MaxValue));
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=WAL";
        try
        {
            if (command.ExecuteScalar() is string mode && !mode.Equals("wal", StringComparison.OrdinalIgnoreCase))
            {
                LogNoWal(_logger, _node.Name, mode);
            }

            return true;
        }
        catch (SqliteException error) when (error.SqliteErrorCode is raw.SQLITE_READONLY or raw.SQLITE_BUSY)
        {
            // A file that may only be read serves reads as it is; one that another process holds gets WAL at a later open.
            LogNoWal(_logger, _node.Name, "unchanged");
            return error.SqliteErrorCode == raw.SQLITE_READONLY;
        }
    }

    [LoggerMessage(
        EventId = 2001, Level = LogLevel.Warning,
        Message = "The SQLite database of {Node} keeps journal mode '{Mode}' and refused WAL: readers and the writer will wait for each other. A network file system is the usual cause.")]
    private static partial void LogNoWal(ILogger logger, string node, string mode);
}
