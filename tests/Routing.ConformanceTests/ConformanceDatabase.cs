using System.Data.Common;
using Routing.ConformanceTests.Suites;
using Routing.ConformanceTests.Types;
using Routing.Sessions;
using Routing.Testing;
using Routing.Topology;

namespace Routing.ConformanceTests;

/// <summary>
/// A fresh routed database of one engine for one test class, and what that engine's SQL and errors look like. Each test
/// makes tables of its own in it. The tests of a class run one after the other.
/// </summary>
public abstract class ConformanceDatabase : IAsyncLifetime
{
    private RoutedHost? _host;
    private int _tables;

    /// <summary>The host that the class shares.</summary>
    public RoutedHost Host => _host ?? throw new InvalidOperationException("The database is not created yet.");

    /// <summary>A column that numbers new rows by itself, with its name <c>id</c>.</summary>
    public abstract string Identity { get; }

    /// <summary>The type of a column of text.</summary>
    public virtual string Text => "text";

    /// <summary>How many bytes a large value has.</summary>
    public virtual int Large => 1 << 20;

    /// <summary>The text that begins a transaction.</summary>
    public virtual string Begin => "begin";

    /// <summary>The text that sets the savepoint <c>mine</c>.</summary>
    public virtual string Savepoint => "savepoint mine";

    /// <summary>The text that goes back to it.</summary>
    public virtual string RollbackToSavepoint => "rollback to savepoint mine";

    /// <summary>The words that add a column.</summary>
    public virtual string AddColumn => "add column";

    /// <summary>A temporary table's name in statements.</summary>
    public virtual string Temporary => "mine";

    /// <summary>What creates it, with an integer <c>x</c>, and what errors call that.</summary>
    public virtual (string Text, string Summary) CreateTemporary => ("create temp table mine (x integer)", "CREATE TEMP");

    /// <summary>Whether explicit reads run where nothing can be written.</summary>
    public virtual bool HasReplica => true;

    /// <summary>Whether a batch of the driver's is a transaction by itself.</summary>
    public virtual bool BatchesAreAtomic => true;

    /// <summary>The type of a column of bytes.</summary>
    public abstract string Bytes { get; }

    /// <summary>A modification of a table of items that returns the amounts of the rows it changes.</summary>
    /// <param name="table">The table's name.</param>
    public virtual SqlFragment WriteAndReturn(Table table) => Sql.Format($"update {table.Raw} set amount = {99} {Output("amount")} {Returning("amount")}");

    /// <summary>The type of a column of floating-point numbers.</summary>
    public abstract string RealNumber { get; }

    /// <summary>The type of a column of true and false.</summary>
    public abstract string Flag { get; }

    /// <summary>The type of a column of exact decimal numbers.</summary>
    public abstract string Money { get; }

    /// <summary>The type of a column of dates with times.</summary>
    public abstract string Moment { get; }

    /// <summary>A read of one number that runs for minutes unless it is ended.</summary>
    public abstract string LongQuery { get; }

    /// <summary>A write of what <see cref="LongQuery"/> finds, which runs as long.</summary>
    /// <param name="table">A table of one column of large integers.</param>
    public virtual string LongWrite(Table table) => $"insert into {table.Name} {LongQuery}";

    /// <summary>A read of rows 1, 2, 3, ... that takes minutes to reach its last row, but sends its first ones at once.</summary>
    public abstract string EndlessRows { get; }

    /// <summary>A read that fails while it runs.</summary>
    public abstract string FailingRead { get; }

    /// <summary>A read of rows 1, 2, 3, ... that fails after some have been sent.</summary>
    public abstract string RowsThenFailure { get; }

    /// <summary>How many rows <see cref="RowsThenFailure"/> sends at most.</summary>
    public virtual int MostRowsBeforeFailure => 999;

    /// <summary>Whether the driver cannot go on with a connection after <see cref="RowsThenFailure"/>, so that whoever keeps it is told that it is lost.</summary>
    public virtual bool LosesConnectionByFailure => false;

    /// <summary>The number that the last insert on this connection gave to <see cref="Identity"/>.</summary>
    public abstract string LastInsertId { get; }

    /// <summary>A statement that leaves a setting on its connection: <see cref="ReadSetting"/> shows <see cref="SettingValue"/> after it.</summary>
    public abstract string SetSetting { get; }

    /// <summary>What errors call it.</summary>
    public abstract string SetSettingSummary { get; }

    /// <summary>What shows the setting.</summary>
    public abstract string ReadSetting { get; }

    /// <summary>What it was set to.</summary>
    public abstract string SettingValue { get; }

    /// <summary>An expression of a number that counts each time it is evaluated, rolled back or not; see <see cref="TicksAsync"/>.</summary>
    public abstract string Tick { get; }

    /// <summary>Everything that one can leave behind on a connection, as statements, and what shows it.</summary>
    public abstract IReadOnlyList<StateKind> StateKinds { get; }

    /// <summary>Every way to leave state behind, directly and behind harmless statements.</summary>
    public abstract IReadOnlyList<Leak> Leaks { get; }

    /// <summary>What together shows all state that <see cref="Leaks"/> can leave. Each is asked on one connection, an error is an answer, too.</summary>
    public abstract IReadOnlyList<string> StateQuestions { get; }

    /// <summary>Creates what <see cref="Leaks"/> use, past Routing; once, however often it is called.</summary>
    public abstract Task PrepareLeaksAsync();

    /// <summary>The isolation levels that the engine accepts.</summary>
    public abstract IReadOnlyList<System.Data.IsolationLevel> IsolationLevels { get; }

    /// <summary>Transactions that read without waiting for writers, the engine's default first, and whether each sees what others commit while it is open.</summary>
    public abstract IReadOnlyList<(TransactionOptions Options, bool SeesLaterCommits)> Visibility { get; }

    /// <summary>Whether rows are locked one by one.</summary>
    public virtual bool LocksRows => true;

    /// <summary>The type of a column of JSON documents.</summary>
    public virtual string Json => Text;

    /// <summary>How each .NET type is stored, in the order of the page.</summary>
    public abstract IReadOnlyDictionary<string, StoredAs> Types { get; }

    /// <summary>Whether the transactions of <see cref="ConflictAsync"/> must ask for a level of their own.</summary>
    public virtual TransactionOptions ConflictOptions => new();

    /// <summary>The type of the driver's parameters.</summary>
    public abstract Type ParameterType { get; }

    /// <summary>
    /// What a program sees on a routed connection where the driver deviates from ADO.NET, by what it sees on the driver's own, or null
    /// where it sees nothing: for deviations that the documentation of the routed connection speaks of.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string?> Instead { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The type of the driver's connections.</summary>
    public abstract Type ConnectionType { get; }

    /// <summary>The driver's own connection to the primary, outside any pool, closed: what the routed one is compared with.</summary>
    public async Task<DbConnection> CreateBareAsync()
    {
        // A host that nothing was asked of yet may not know its primary.
        await Host.Database.ExecuteScalarAsync<int>("select 1", options: new StatementOptions { Intent = Intent.Write });
        var source = ((RoutingDatabase)Host.Database).Source;
        var primary = source.Topology.Current.Nodes.First(static node => node.Role == NodeRole.Primary);
        var connection = (DbConnection)Activator.CreateInstance(ConnectionType)!;
        connection.ConnectionString = source.Options.Nodes[primary.Name].ConnectionString + ";Pooling=false";
        return connection;
    }

    /// <summary>Opens another host on the same database, with settings of its own.</summary>
    /// <param name="settings">By path below the data source.</param>
    public abstract RoutedHost Open(Dictionary<string, string>? settings = null);

    /// <summary>Where the primary listens on this machine.</summary>
    public virtual int ServerPort => throw new NotSupportedException("It does not listen.");

    /// <summary>A read of the number that the server gives to the connection it runs on.</summary>
    public virtual string ConnectionNumber => throw new NotSupportedException("Connections have no numbers.");

    /// <summary>Opens another host on the primary alone, without monitors.</summary>
    /// <param name="port">Where it is to be reached, on this machine.</param>
    /// <param name="settings">By path below the data source.</param>
    public virtual RoutedHost OpenAt(int port, Dictionary<string, string> settings) => throw new NotSupportedException("It does not listen.");

    /// <summary>Lets the server end a connection, and returns when it has.</summary>
    /// <param name="number">Its <see cref="ConnectionNumber"/>.</param>
    public virtual Task EndConnectionAsync(int number) => throw new NotSupportedException("Connections have no numbers.");

    /// <summary>
    /// What creates a procedure of the arguments <c>item</c>, <c>more</c>, which it doubles, and <c>was</c>, which it sets to the item's
    /// name; null where the engine has none.
    /// </summary>
    /// <param name="name">The procedure's name.</param>
    /// <param name="items">A table of items.</param>
    public virtual string? Procedure(string name, Table items) => null;

    /// <summary>A condition that a column is one of the list parameter's values: <c>in @ids</c>, or what stands for it.</summary>
    /// <param name="parameter">The parameter's name without its marker.</param>
    public abstract string In(string parameter);

    /// <summary>A condition that a column is one of the values.</summary>
    /// <param name="values">The values.</param>
    public abstract SqlFragment In(long[] values);

    /// <summary>What stands at the end of a write to get columns of its rows back; empty where it stands before the values.</summary>
    /// <param name="columns">The columns.</param>
    public virtual RawSql Returning(string columns) => Sql.Raw("returning " + columns);

    /// <summary>What stands before the values or the condition of a write, to the same end.</summary>
    /// <param name="columns">The columns.</param>
    public virtual RawSql Output(string columns) => Sql.Raw(" ");

    /// <summary>The end of an ordered query that returns the first rows only.</summary>
    /// <param name="rows">How many.</param>
    public virtual SqlFragment Limit(int rows) => Sql.Format($"limit {rows}");

    /// <summary>How often <see cref="Tick"/> was evaluated.</summary>
    public abstract Task<long> TicksAsync();

    /// <summary>
    /// Makes the transaction, which has read the item 1 of <paramref name="items"/>, fail by an error that a rerun heals: here or at its commit.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="items">A table of items.</param>
    public abstract Task ConflictAsync(SessionTransaction transaction, Table items);

    /// <summary>Whether it is the driver's own error for a unique key that is there twice.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsUniqueViolation(Exception error);

    /// <summary>Whether it is the driver's own error for a text that is no SQL.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsSyntaxError(Exception error);

    /// <summary>Whether it is the driver's own error for a text that the engine cannot store.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsRefusedText(Exception error);

    /// <summary>Whether it is the driver's own error for a write where only reads are allowed.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsReadOnlyViolation(Exception error);

    /// <summary>Whether it is the driver's own error for a command that <c>Cancel</c> ended.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsInterrupted(Exception error);

    /// <summary>Whether it says that the command's time-out passed.</summary>
    /// <param name="error">The error.</param>
    public abstract bool IsTimeout(Exception error);

    /// <summary>Waits until every node shows what was written so far, for reads in scopes that do not know of it.</summary>
    public virtual Task SettleAsync() => Task.CompletedTask;

    /// <summary>Creates an empty table, which every node has when this returns.</summary>
    /// <param name="columns">Its columns.</param>
    public async Task<Table> TableAsync(string columns)
    {
        var table = new Table($"table_{++_tables}");
        await Host.Database.ExecuteAsync($"create table {table.Raw} ({Sql.Raw(columns)})");
        await SettleAsync();
        return table;
    }

    /// <summary>Creates a table of <see cref="Item"/>, with the rows 1, 2, 3, ..., which every node has when this returns.</summary>
    /// <param name="rows">How many rows.</param>
    public async Task<Table> ItemsAsync(int rows)
    {
        var table = new Table($"table_{++_tables}");
        await Host.Database.ExecuteAsync($"create table {table.Raw} (id bigint primary key, name {Sql.Raw(Text)}, amount bigint not null)");
        if (rows > 0)
        {
            await FillAsync(table, rows);
        }

        await SettleAsync();
        return table;
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await CreateAsync();
        _host = Open();
        await PrepareAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await DropAsync();
    }

    /// <summary>Fills a table of items.</summary>
    protected virtual async Task FillAsync(Table table, int rows) => await Host.Database.ExecuteAsync(
        $"with recursive n(x) as (select 1 union all select x + 1 from n where x < {rows}) insert into {table.Raw} (id, name, amount) select x, 'item ' || x, x * 10 from n");

    /// <summary>Creates the database.</summary>
    protected abstract Task CreateAsync();

    /// <summary>Creates what the engine's tests need in it.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Removes the database.</summary>
    protected abstract Task DropAsync();
}

/// <summary>One kind of session state.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Set">What sets it; each is a statement of its own.</param>
/// <param name="Read">A read that shows it. It answers on a clean connection, too.</param>
public sealed record StateKind(string Name, string[] Set, string Read);
