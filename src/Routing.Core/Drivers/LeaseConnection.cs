using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>
/// What mappers run on: a connection that is always open, over one physical connection and reused as long as that lives.
/// Opening and closing it does nothing, because its pool decides when the physical connection ends. Its commands are
/// facades over the driver's. Like every connection, for one operation at a time.
/// </summary>
internal class LeaseConnection : DbConnection
{
    private readonly string _connectionString;
    private readonly DbProviderFactory? _factory;
    private readonly CommandCache _cache = new(CommandCache.DefaultCapacity);
    private DbCommand? _parameterMaker;
    private readonly SqlComments.Texts? _comments;
    private LeaseCommand? _spare;

    /// <param name="connectionString">
    /// One short constant per data source, without secrets (<c>Routing:orders</c>): Dapper hashes it on every call and
    /// keys its cache by it.
    /// </param>
    /// <param name="comments">What statements tell the server about themselves; null for nothing.</param>
    public LeaseConnection(PhysicalConnection physical, string connectionString, SqlComments? comments = null)
    {
        _comments = comments is null ? null : new SqlComments.Texts(comments);
        Physical = physical;
        _connectionString = connectionString;
        _factory = DbProviderFactories.GetFactory(physical.Connection);
    }

    public PhysicalConnection Physical { get; }

    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set => throw CodedErrors.NotSupported(ErrorCodes.FixedConnection, "Routing chooses the connection; its connection string cannot be set.");
    }

    public override string Database => Physical.Connection.Database;

    public override string DataSource => Physical.Connection.DataSource;

    public override string ServerVersion => Physical.Connection.ServerVersion;

    public override ConnectionState State => ConnectionState.Open;

    public override bool CanCreateBatch => Physical.Connection.CanCreateBatch;

    internal int KeptCommands => _cache.Count;

    protected override DbProviderFactory? DbProviderFactory => _factory;

    /// <summary>Makes the facade that fits the engine.</summary>
    /// <param name="supportsArrays">What its <see cref="Dialect.SupportsArrays"/> says.</param>
    public static LeaseConnection Create(PhysicalConnection physical, string connectionString, bool supportsArrays, SqlComments? comments = null) =>
        supportsArrays ? new NpgsqlConnection(physical, connectionString, comments) : new LeaseConnection(physical, connectionString, comments);

    public override void Open()
    {
    }

    public override Task OpenAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    public override void Close()
    {
    }

    public override Task CloseAsync() => Task.CompletedTask;

    public override void ChangeDatabase(string databaseName) => Physical.Connection.ChangeDatabase(databaseName);

    public override DataTable GetSchema() => Physical.Connection.GetSchema();

    public override DataTable GetSchema(string collectionName) => Physical.Connection.GetSchema(collectionName);

    public override DataTable GetSchema(string collectionName, string?[] restrictionValues) =>
        Physical.Connection.GetSchema(collectionName, restrictionValues);

    /// <summary>Drops every kept command, and with it what it prepared: for an error that says a prepared statement no longer fits.</summary>
    public void ForgetCommands() => _cache.Clear();

    /// <summary>The text as it goes to the server: with its comment, where comments are asked for.</summary>
    public string Comment(string text) => _comments?.Of(text, out _) ?? text;

    /// <summary>Takes a driver's command of this text, kept or new. Ends with <see cref="Release"/>.</summary>
    internal DbCommand Rent(string text, CommandType type, int timeoutSeconds, out CommandCache.Entry? entry)
    {
        entry = null;
        var sent = text;
        var mayKeep = type == CommandType.Text && text.Length <= CommandCache.MaxTextLength;
        if (_comments is not null && type == CommandType.Text)
        {
            sent = _comments.Of(text, out var isNew);
            mayKeep &= !isNew;
        }

        if (mayKeep)
        {
            entry = _cache.Take(text, out var isInUse);
            mayKeep = !isInUse;
        }

        var native = entry is null ? CreateNative(sent, type) : entry.Command;
        if (entry is null && mayKeep && Physical.KeepsCommand(text) && _cache.IsSecondUse(text))
        {
            entry = _cache.Add(text, native);
        }

        if (timeoutSeconds >= 0)
        {
            native.CommandTimeout = timeoutSeconds;
        }
        else if (entry is not null)
        {
            native.CommandTimeout = entry.DefaultTimeout;
        }

        var transaction = Physical.CurrentTransaction;
        if (transaction is not null || entry is not null)
        {
            native.Transaction = transaction;
        }

        return native;
    }

    internal void Release(DbCommand native, CommandCache.Entry? entry, bool keep)
    {
        native.Parameters.Clear();
        if (entry is null)
        {
            native.Dispose();
        }
        else if (keep)
        {
            CommandCache.GiveBack(entry);
        }
        else
        {
            _cache.Remove(entry);
        }
    }

    internal DbParameter CreateParameter() =>
        _factory?.CreateParameter() ?? (_parameterMaker ??= Physical.CreateCommand()).CreateParameter();

    internal void Recycle(LeaseCommand command) => _spare = command;

    protected override DbCommand CreateDbCommand()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            spare.Revive();
            return spare;
        }

        return new LeaseCommand(this);
    }

    protected override DbBatch CreateDbBatch() => Physical.CreateBatch();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Physical.BeginTransactionAsync(isolationLevel, readOnly: false, async: false, CancellationToken.None).Completed();

    protected override ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        Physical.BeginTransactionAsync(isolationLevel, readOnly: false, async: true, cancellationToken);

    private DbCommand CreateNative(string text, CommandType type)
    {
        var native = Physical.CreateCommand();
        native.CommandText = text;
        if (type != CommandType.Text)
        {
            native.CommandType = type;
        }

        return native;
    }

    /// <summary>
    /// Dapper leaves an array as one parameter, so that <c>= any(@ids)</c> works, only when the simple name of the
    /// connection's type is <c>NpgsqlConnection</c>; on any other it writes <c>(@ids1,@ids2)</c>. Hence the name.
    /// </summary>
    private sealed class NpgsqlConnection(PhysicalConnection physical, string connectionString, SqlComments? comments)
        : LeaseConnection(physical, connectionString, comments);
}
