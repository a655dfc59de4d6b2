using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Routing.Testing;

/// <summary>A canned answer: named, typed columns and rows. Immutable, so one instance serves any number of readers.</summary>
public sealed class FakeResult
{
    /// <summary>One column, no rows.</summary>
    public static readonly FakeResult Empty = new(["value"], [typeof(long)], []);

    /// <summary>Creates an answer; each row has a value (or <see cref="DBNull.Value"/>) per column.</summary>
    public FakeResult(string[] names, Type[] types, object[][] rows, int recordsAffected = -1)
    {
        Names = names;
        Types = types;
        Rows = rows;
        RecordsAffected = recordsAffected;
    }

    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The columns' types.</summary>
    public IReadOnlyList<Type> Types { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<object[]> Rows { get; }

    /// <summary>What <c>ExecuteNonQuery</c> returns.</summary>
    public int RecordsAffected { get; }

    /// <summary>The answer of a statement that changed rows and returns none.</summary>
    public static FakeResult Changed(int rows) => new([], [], [], rows);
}

/// <summary>ADO.NET without a server: every call completes synchronously, commands are answered by the driver's <see cref="FakeDriver.Answer"/>.</summary>
public sealed class FakeDbConnection(FakeDriver driver) : DbConnection
{
    private readonly List<FakeDbTransaction> _transactions = [];
    private ConnectionState _state = ConnectionState.Open;

    /// <summary>An open connection of its own, answered by <paramref name="answer"/>.</summary>
    public FakeDbConnection(Func<FakeDbCommand, FakeResult> answer)
        : this(new FakeDriver { Answer = answer })
    {
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string ConnectionString { get; set; } = "fake";

    /// <inheritdoc/>
    public override string Database => "fake";

    /// <inheritdoc/>
    public override string DataSource => "fake";

    /// <inheritdoc/>
    public override string ServerVersion => "1.0";

    /// <inheritdoc/>
    public override ConnectionState State => _state;

    internal FakeDriver Driver => driver;

    internal IReadOnlyList<FakeDbTransaction> Transactions => _transactions;

    internal FakeDbTransaction Begin(IsolationLevel isolation, bool readOnly)
    {
        var transaction = new FakeDbTransaction(this, isolation, readOnly);
        _transactions.Add(transaction);
        return transaction;
    }

    internal FakeResult Execute(FakeDbCommand command)
    {
        driver.OnStep("execute");
        if (_state != ConnectionState.Open)
        {
            throw new InvalidOperationException("The fake connection is closed.");
        }

        return driver.Answer(command);
    }

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Close() => _state = ConnectionState.Closed;

    /// <inheritdoc/>
    public override void Open() => _state = ConnectionState.Open;

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Begin(isolationLevel, readOnly: false);

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => new FakeDbCommand { Connection = this };
}

/// <summary>A transaction that remembers how it ended.</summary>
public sealed class FakeDbTransaction(FakeDbConnection connection, IsolationLevel isolation, bool readOnly) : DbTransaction
{
    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel => isolation;

    /// <inheritdoc/>
    public override bool SupportsSavepoints => true;

    /// <summary>Whether it was begun to refuse writes.</summary>
    public bool IsReadOnly => readOnly;

    /// <summary>Null while open; then whether it was committed.</summary>
    public bool? Committed { get; private set; }

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => Committed is null ? connection : null;

    /// <inheritdoc/>
    public override void Commit()
    {
        connection.Driver.OnStep("commit");
        End(committed: true);
    }

    /// <inheritdoc/>
    public override async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await connection.Driver.StepAsync("commit").ConfigureAwait(false);
        End(committed: true);
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
        connection.Driver.OnStep("rollback");
        End(committed: false);
    }

    /// <inheritdoc/>
    public override async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        await connection.Driver.StepAsync("rollback").ConfigureAwait(false);
        End(committed: false);
    }

    /// <inheritdoc/>
    public override void Save(string savepointName) => connection.Driver.OnStep("save");

    /// <inheritdoc/>
    public override async Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) => await connection.Driver.StepAsync("save").ConfigureAwait(false);

    /// <inheritdoc/>
    public override void Rollback(string savepointName) => connection.Driver.OnStep("rollback to");

    /// <inheritdoc/>
    public override async Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) => await connection.Driver.StepAsync("rollback to").ConfigureAwait(false);

    /// <inheritdoc/>
    public override void Release(string savepointName) => connection.Driver.OnStep("release");

    /// <inheritdoc/>
    public override async Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) => await connection.Driver.StepAsync("release").ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            await connection.Driver.StepAsync("dispose transaction").ConfigureAwait(false);
            Committed ??= false;
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !IsDisposed)
        {
            IsDisposed = true;
            connection.Driver.OnStep("dispose transaction");
            Committed ??= false;
        }

        base.Dispose(disposing);
    }

    private void End(bool committed)
    {
        if (Committed is not null)
        {
            throw new InvalidOperationException("The fake transaction has ended.");
        }

        Committed = committed;
    }
}

/// <summary>A command of a <see cref="FakeDbConnection"/>.</summary>
public sealed class FakeDbCommand : DbCommand
{
    private readonly FakeParameters _parameters = new();

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText { get; set; } = "";

    /// <inheritdoc/>
    public override int CommandTimeout { get; set; } = 30;

    /// <inheritdoc/>
    public override CommandType CommandType { get; set; } = CommandType.Text;

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection { get; set; }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction { get; set; }

    /// <inheritdoc/>
    public override void Cancel()
    {
    }

    /// <inheritdoc/>
    public override void Prepare()
    {
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        await GoAsync().ConfigureAwait(false);
        return Run().RecordsAffected;
    }

    /// <inheritdoc/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        await GoAsync().ConfigureAwait(false);
        return ExecuteScalar();
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => Run().RecordsAffected;

    /// <inheritdoc/>
    public override object? ExecuteScalar() => Run() is { Rows: [var row, ..] } ? row[0] : null;

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new FakeParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        new FakeReader(Run(), (FakeDbConnection)DbConnection!, behavior.HasFlag(CommandBehavior.CloseConnection));

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        await GoAsync().ConfigureAwait(false);
        return ExecuteDbDataReader(behavior);
    }

    private async ValueTask GoAsync()
    {
        if (((FakeDbConnection?)DbConnection)?.Driver.GoesAsync == true)
        {
            await Task.Yield();
        }
    }

    private FakeResult Run() => ((FakeDbConnection?)DbConnection ?? throw new InvalidOperationException("The fake command has no connection.")).Execute(this);
}

/// <summary>A parameter that keeps what it is given.</summary>
public sealed class FakeParameter : DbParameter
{
    /// <inheritdoc/>
    public override DbType DbType { get; set; } = DbType.String;

    /// <inheritdoc/>
    public override ParameterDirection Direction { get; set; } = ParameterDirection.Input;

    /// <inheritdoc/>
    public override bool IsNullable { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string ParameterName { get; set; } = "";

    /// <inheritdoc/>
    public override int Size { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <inheritdoc/>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = DbType.String;
}

/// <summary>Parameters in order, found by name without case.</summary>
internal sealed class FakeParameters : DbParameterCollection
{
    private readonly List<DbParameter> _items = [];

    /// <inheritdoc/>
    public override int Count => _items.Count;

    /// <inheritdoc/>
    public override object SyncRoot => _items;

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _items.Add((DbParameter)value);
        return _items.Count - 1;
    }

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        foreach (var value in values)
        {
            Add(value!);
        }
    }

    /// <inheritdoc/>
    public override void Clear() => _items.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => _items.IndexOf((DbParameter)value);

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) =>
        _items.FindIndex(item => string.Equals(item.ParameterName, parameterName, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _items.Insert(index, (DbParameter)value);

    /// <inheritdoc/>
    public override void Remove(object value) => _items.Remove((DbParameter)value);

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _items.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => _items.RemoveAt(IndexOf(parameterName));

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => _items[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => _items[IndexOf(parameterName)];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => _items[index] = value;

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) => _items[IndexOf(parameterName)] = value;
}
