using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Sessions;

namespace Routing;

/// <summary>A command of a <see cref="RoutingConnection"/>: routed by its text, or by <see cref="Intent"/>. Its parameters are the driver's own. Not thread-safe, except <see cref="Cancel"/>.</summary>
public sealed class RoutingCommand : DbCommand
{
    private readonly DataSourceRuntime _source;
    private readonly RoutingParameterCollection _parameters = new();
    private readonly RunningCommand _running = new();
    private RoutingConnection? _connection;
    private DbTransaction? _transaction;
    private string _text = "";
    private int? _timeoutSeconds;
    private bool _isDisposed;

    internal RoutingCommand(DataSourceRuntime source) => _source = source;

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set => _text = value ?? "";
    }

    /// <summary>Seconds, 0 for no limit. Default: <c>Timeouts:Command</c> of the data source.</summary>
    public override int CommandTimeout
    {
        get => _timeoutSeconds ?? (int)Math.Ceiling(_source.Options.Timeouts.Command.TotalSeconds);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <inheritdoc/>
    public override CommandType CommandType { get; set; } = CommandType.Text;

    /// <summary>For designers only. Default false.</summary>
    public override bool DesignTimeVisible { get; set; }

    /// <summary>What a data adapter takes back into its row. Default <see cref="UpdateRowSource.Both"/>, as ADO.NET says.</summary>
    public override UpdateRowSource UpdatedRowSource { get; set; } = UpdateRowSource.Both;

    /// <summary>Wins over the connection's and over classification. Default null.</summary>
    public Intent? Intent { get; set; }

    /// <inheritdoc cref="DbCommand.Connection"/>
    public new RoutingConnection? Connection
    {
        get => _connection;
        set => _connection = value;
    }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value as RoutingConnection
            ?? (value is null ? null : throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, $"A routed command needs a RoutingConnection, not {value.GetType().Name}."));
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set => _transaction = value is null or RoutingTransaction ? value : throw CodedErrors.InvalidCast(ErrorCodes.ForeignObject, $"A routed command needs a RoutingTransaction, not {value.GetType().Name}.");
    }

    /// <summary>Asks the server to end the running command, if any. Thread-safe.</summary>
    public override void Cancel() => _running.Cancel();

    /// <summary>Prepares nothing, though it needs an open connection: statements are prepared by use, per physical connection.</summary>
    public override void Prepare() => Open();

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => ExecuteNonQueryAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) => ExecuteNonQueryAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => ExecuteScalarAsync(async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) => ExecuteScalarAsync(async: true, cancellationToken).AsTask();

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() =>
        _source.Engine.NativeFactory.CreateParameter() ?? throw CodedErrors.Bug("the engine's factory makes no parameters.");

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        ExecuteReaderAsync(behavior, async: false, CancellationToken.None).Completed();

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, async: true, cancellationToken).ConfigureAwait(false);

    /// <summary>Its reader, if one is open, stays usable; the command itself does not.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        base.Dispose(disposing);
    }

    private async ValueTask<int> ExecuteNonQueryAsync(bool async, CancellationToken ct)
    {
        var (connection, call) = Plan(ct);
        return (await AdoLine.RunAsync(
            connection.Holder, call, this, static (held, self, async, ct) => self.NonQueryOnAsync(held, async, ct), opensReader: false, async, ct).ConfigureAwait(false)).Result;
    }

    private async ValueTask<object?> ExecuteScalarAsync(bool async, CancellationToken ct)
    {
        var (connection, call) = Plan(ct);
        return (await AdoLine.RunAsync(
            connection.Holder, call, this, static (held, self, async, ct) => self.ScalarOnAsync(held, async, ct), opensReader: false, async, ct).ConfigureAwait(false)).Result;
    }

    private async ValueTask<DbDataReader> ExecuteReaderAsync(CommandBehavior behavior, bool async, CancellationToken ct)
    {
        var (connection, call) = Plan(ct);
        try
        {
            var (run, (reader, command)) = await AdoLine.RunAsync(
                connection.Holder, call, (Self: this, Behavior: behavior & ~CommandBehavior.CloseConnection),
                static (held, state, async, ct) => state.Self.ReaderOnAsync(held, state.Behavior, async, ct), opensReader: true, async, ct).ConfigureAwait(false);
            return new RoutingDataReader(connection, reader, command, _running, run, behavior);
        }
        catch when (behavior.HasFlag(CommandBehavior.CloseConnection))
        {
            // Whoever asked for this closes the reader only, and there is none.
            await connection.CloseAsync(async).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<int> NonQueryOnAsync(HeldLease held, bool async, CancellationToken ct)
    {
        using var command = Native(held);
        _running.Begin(command);
        try
        {
            return async ? await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false) : command.ExecuteNonQuery();
        }
        finally
        {
            End(held, command);
        }
    }

    private async ValueTask<object?> ScalarOnAsync(HeldLease held, bool async, CancellationToken ct)
    {
        using var command = Native(held);
        _running.Begin(command);
        try
        {
            return async ? await command.ExecuteScalarAsync(ct).ConfigureAwait(false) : command.ExecuteScalar();
        }
        finally
        {
            End(held, command);
        }
    }

    private async ValueTask<(DbDataReader Reader, DbCommand Command)> ReaderOnAsync(HeldLease held, CommandBehavior behavior, bool async, CancellationToken ct)
    {
        var command = Native(held);
        _running.Begin(command);
        try
        {
            return (async ? await command.ExecuteReaderAsync(behavior, ct).ConfigureAwait(false) : command.ExecuteReader(behavior), command);
        }
        catch
        {
            End(held, command);
            command.Dispose();
            throw;
        }
    }

    private void End(HeldLease held, DbCommand command)
    {
        if (_running.End(command))
        {
            held.Lease.Soil(Dirt.Cancelled);
        }
    }

    /// <summary>The facade over the driver's command. Its dispose does no I/O: it hands the driver's command back to its cache.</summary>
    private DbCommand Native(HeldLease held)
    {
        var command = held.Lease.Connection.CreateCommand();
        command.CommandText = _text;
        command.CommandType = CommandType;
        command.CommandTimeout = CommandTimeout;
        for (var i = 0; i < _parameters.Count; i++)
        {
            command.Parameters.Add(_parameters[i]);
        }

        return command;
    }

    private (RoutingConnection Connection, Call Call) Plan(CancellationToken ct)
    {
        var connection = Open();
        ct.ThrowIfCancellationRequested();
        connection.RefuseOtherTransaction(_transaction);
        return (connection, CallPlan.OfCommand(_source, _text, CommandType, Intent ?? connection.Intent));
    }

    private RoutingConnection Open()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var connection = _connection ?? throw CodedErrors.InvalidOperation(ErrorCodes.NoConnection, "The command has no connection. Set 'Connection', or create it by 'connection.CreateCommand()'.");
        connection.EnsureOpen();
        return connection;
    }
}
