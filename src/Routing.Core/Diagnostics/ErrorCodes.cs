namespace Routing.Diagnostics;

/// <summary>
/// The stable code of each situation in which Routing itself raises an error. A code ends the message in brackets
/// (<c>... a retry is safe. [RTG0101]</c>), is in <see cref="RoutingException.Code"/> and in <c>Exception.Data</c> under
/// <see cref="DataKey"/>, and has a page that <c>Exception.HelpLink</c> names. Codes never change their meaning and are
/// never used again. Errors of the database, cancellations, and checks of a single argument or of a disposed object
/// carry none. Thread-safe.
/// </summary>
public static class ErrorCodes
{
    /// <summary>The configuration cannot be used; the message lists every problem.</summary>
    public const string InvalidConfiguration = "RTG0001";

    /// <summary>A data source was asked for by a name that is not configured.</summary>
    public const string UnknownDataSource = "RTG0002";

    /// <summary>A database was injected without a key although there are several data sources.</summary>
    public const string AmbiguousDatabase = "RTG0003";

    /// <summary>A data source of an embedded engine has more than one node.</summary>
    public const string SeveralFiles = "RTG0004";

    /// <summary><c>AddDatabaseRouting</c> was called twice.</summary>
    public const string AddedTwice = "RTG0005";

    /// <summary>A SQLite connection string asks for a shared cache.</summary>
    public const string SharedCache = "RTG0006";

    /// <summary>No connection became free in time.</summary>
    public const string PoolExhausted = "RTG0101";

    /// <summary>Whoever waits for a connection holds what it waits for.</summary>
    public const string NestedDeadlock = "RTG0102";

    /// <summary>A connection could not be opened.</summary>
    public const string OpenFailed = "RTG0103";

    /// <summary>No connection is opened for a moment, because the last attempt failed.</summary>
    public const string OpenSuspended = "RTG0104";

    /// <summary>The pool was disposed.</summary>
    public const string PoolDisposed = "RTG0105";

    /// <summary>A connection was used after its lease had ended.</summary>
    public const string LeaseEnded = "RTG0106";

    /// <summary>A lease was returned twice.</summary>
    public const string LeaseReturnedTwice = "RTG0107";

    /// <summary>Too many wait for a connection already.</summary>
    public const string QueueFull = "RTG0108";

    /// <summary>No primary is known.</summary>
    public const string NoPrimary = "RTG0201";

    /// <summary>No node can serve a read.</summary>
    public const string NoReadableNode = "RTG0202";

    /// <summary>No node answered when asked for its role at start.</summary>
    public const string NoRoleKnown = "RTG0203";

    /// <summary>A second operation was started before the first had ended.</summary>
    public const string OperationRunning = "RTG0301";

    /// <summary>The connection that a session or routed connection kept was lost.</summary>
    public const string KeptConnectionLost = "RTG0302";

    /// <summary>The driver's connection of a read-only session was asked for.</summary>
    public const string ReadOnlySessionHandsOut = "RTG0303";

    /// <summary>Rows were read after their session was disposed.</summary>
    public const string SessionDisposedBeforeRows = "RTG0304";

    /// <summary>A result set was read beyond the last.</summary>
    public const string NoMoreResults = "RTG0305";

    /// <summary>A routed connection was used while closed.</summary>
    public const string ConnectionClosed = "RTG0306";

    /// <summary>An open routed connection was opened.</summary>
    public const string ConnectionOpen = "RTG0307";

    /// <summary>A command or batch has no connection.</summary>
    public const string NoConnection = "RTG0308";

    /// <summary>A connection, transaction or parameter of another driver was given.</summary>
    public const string ForeignObject = "RTG0309";

    /// <summary>A routed connection was told to go elsewhere.</summary>
    public const string FixedConnection = "RTG0310";

    /// <summary>A command ran again under its own open reader.</summary>
    public const string CommandHasOpenReader = "RTG0311";

    /// <summary>A statement belongs on another node than the one an open reader keeps.</summary>
    public const string ReaderKeepsNode = "RTG0312";

    /// <summary>A parameter of a batch cannot be copied.</summary>
    public const string ParameterNotCloneable = "RTG0313";

    /// <summary>A reader was used after it, or its connection, was closed.</summary>
    public const string ReaderClosed = "RTG0314";

    /// <summary>A part of ADO.NET was asked for that a routed connection, or the driver under it, does not have.</summary>
    public const string NotInAdoNet = "RTG0315";

    /// <summary>A transaction was told to end while a reader of its connection is open.</summary>
    public const string ReaderKeepsTransaction = "RTG0316";

    /// <summary>A <c>System.Transactions</c> scope is around a routed call.</summary>
    public const string AmbientTransaction = "RTG0401";

    /// <summary>The connection was lost between COMMIT, or a write outside of any transaction, and its answer.</summary>
    public const string CommitOutcomeUnknown = "RTG0402";

    /// <summary>A transaction was used after its end.</summary>
    public const string TransactionEnded = "RTG0403";

    /// <summary>A nested transaction was used after its end.</summary>
    public const string NestedTransactionEnded = "RTG0404";

    /// <summary>A nested transaction asks for what only the outer one can have.</summary>
    public const string NestedTransactionOptions = "RTG0405";

    /// <summary>A transaction begun by SQL text is open.</summary>
    public const string TextTransactionOpen = "RTG0406";

    /// <summary>A transaction is open on the routed connection already.</summary>
    public const string TransactionOpen = "RTG0407";

    /// <summary>A command names a transaction that is not its connection's.</summary>
    public const string ForeignTransaction = "RTG0408";

    /// <summary>SQL text would end a transaction behind its back.</summary>
    public const string TextEndsTransaction = "RTG0409";

    /// <summary>A transaction with asynchronous effects was committed synchronously.</summary>
    public const string EffectsAreAsynchronous = "RTG0410";

    /// <summary>SQL text would begin a writing transaction in a read-only session.</summary>
    public const string TextTransactionInReadOnlySession = "RTG0411";

    /// <summary>A statement was run in a transaction that the server has rolled back.</summary>
    public const string TransactionRolledBackByServer = "RTG0412";

    /// <summary>A statement that may write was run in a read-only transaction of an engine that has none.</summary>
    public const string WriteInReadOnlyTransaction = "RTG0413";

    /// <summary>A statement reads what an earlier one left on a connection that was given back.</summary>
    public const string ConnectionStateGone = "RTG0501";

    /// <summary>A one-shot call sets session state.</summary>
    public const string SessionStateInOneShot = "RTG0502";

    /// <summary>A one-shot call controls a transaction.</summary>
    public const string TransactionInOneShot = "RTG0503";

    /// <summary>A command without a text, or a batch without commands, was run.</summary>
    public const string NothingToRun = "RTG0504";

    /// <summary>A hole of an interpolated text hides SQL behind another type, or holds no text.</summary>
    public const string UnusableHole = "RTG0505";

    /// <summary>A classifier's vocabulary was changed while in use.</summary>
    public const string VocabularyInUse = "RTG0506";

    /// <summary>A name, a list or rows were given to a dialect that the engine has no SQL for.</summary>
    public const string NotInDialect = "RTG0511";

    /// <summary>Opening a connection did not end in time.</summary>
    public const string OpenTimedOut = "RTG0601";

    /// <summary>A command did not end within its time-out.</summary>
    public const string CommandTimedOut = "RTG0602";

    /// <summary>A connection was lost under a command, and its driver said no more than that it is closed.</summary>
    public const string ConnectionLost = "RTG0603";

    /// <summary>A server has no TLS, or shows a certificate, that the connection string's <c>SSL Mode</c> does not allow.</summary>
    public const string ServerNotTrusted = "RTG0604";

    /// <summary>A MySQL or MariaDB server gives its sessions an <c>sql_mode</c> with which quotes mean something else.</summary>
    public const string UnsupportedSqlMode = "RTG0611";

    /// <summary>The database or its driver refused a row of a bulk insert.</summary>
    public const string BulkRowRefused = "RTG0701";

    /// <summary>The columns of a bulk insert do not fit its table or its rows.</summary>
    public const string BulkColumnsUnfit = "RTG0702";

    /// <summary>The database stored another number of rows than a bulk insert gave it.</summary>
    public const string BulkCountDiffers = "RTG0703";

    /// <summary>What a column holds cannot be read as the type that was asked for.</summary>
    public const string UnreadableValue = "RTG0801";

    /// <summary>Routing contradicted itself.</summary>
    public const string Bug = "RTG0901";

    /// <summary>The key of the code in <c>Exception.Data</c>.</summary>
    public const string DataKey = "Routing.Code";

    /// <summary>Where the pages are. The one place that says so.</summary>
    private const string Pages = "docs/errors/";

    /// <summary>The code of an error; null when it is none of Routing's. Looks at the error itself, not at its inner ones.</summary>
    /// <param name="error">An error.</param>
    public static string? Of(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Data[DataKey] as string;
    }

    /// <summary>The page of a code: what <c>Exception.HelpLink</c> says.</summary>
    /// <param name="code">A code.</param>
    public static string PageOf(string code) => Pages + code + ".md";

    /// <summary>A message as it is shown with its code.</summary>
    internal static string Text(string message, string code) => $"{message} [{code}]";

    /// <summary>An error's message without its code, for a message that quotes it and has a code of its own.</summary>
    internal static string TextOf(Exception error) =>
        Of(error) is { } code && error.Message.EndsWith($" [{code}]", StringComparison.Ordinal) ? error.Message[..^(code.Length + 3)] : error.Message;

    internal static void Mark(Exception error, string code)
    {
        error.Data[DataKey] = code;
        error.HelpLink = PageOf(code);
    }
}
