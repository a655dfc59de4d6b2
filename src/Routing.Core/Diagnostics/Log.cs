using Microsoft.Extensions.Logging;

namespace Routing.Diagnostics;

/// <summary>
/// Every log event of Routing.Core. A number never changes its meaning and is never given again: 1000-1099 configuration,
/// 1100-1199 sessions and data sources, 1200-1299 pools, 1300-1399 slow statements, 1900-1999 background loops. The
/// engines' packages have 2000-2999 and the monitors 3000-3099. docs/guide/telemetry.md lists them all.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "The Routing configuration changed: {Live} change(s) applied, {Refused} waiting for a restart.")]
    public static partial void ConfigurationReloaded(ILogger logger, int live, int refused);

    [LoggerMessage(1001, LogLevel.Information, "{Path}: {Change}.")]
    public static partial void ConfigurationChanged(ILogger logger, string path, string change);

    [LoggerMessage(1002, LogLevel.Warning, "{Path}: {Change}, which needs a restart; until then the running value stays.")]
    public static partial void ConfigurationNeedsRestart(ILogger logger, string path, string change);

    [LoggerMessage(1003, LogLevel.Error, "The changed Routing configuration cannot be used; the running one stays. {Problems}")]
    public static partial void ConfigurationRefused(ILogger logger, string problems);

    [LoggerMessage(1004, LogLevel.Error, "The changed Routing configuration could not be read; the running one stays.")]
    public static partial void ConfigurationReloadFailed(ILogger logger, Exception error);

    [LoggerMessage(1005, LogLevel.Warning, "{Path}: the key \"{Key}\" of the connection string is overridden; {Advice}.")]
    public static partial void ConnectionStringKeyOverridden(ILogger logger, string path, string key, string advice);

    [LoggerMessage(1006, LogLevel.Error, "A listener of the changed Routing configuration failed; the change itself is in force.")]
    public static partial void ConfigurationListenerFailed(ILogger logger, Exception error);

    [LoggerMessage(1100, LogLevel.Information, "Statement {Summary} on {DataSource} failed on node {Node} and runs once more elsewhere.")]
    public static partial void Rerun(ILogger logger, Exception error, string dataSource, string summary, string? node);

    [LoggerMessage(1101, LogLevel.Warning, "A write on {DataSource}/{Node} succeeded, but its position could not be read; its readers go to the primary until a newer position is known.")]
    public static partial void PositionUnknown(ILogger logger, Exception error, string dataSource, string node);

    [LoggerMessage(1102, LogLevel.Information, "Transaction on {DataSource} was rolled back ({ErrorClass}) and runs again, attempt {Attempt} of {MaxAttempts}.")]
    public static partial void TransactionRerun(ILogger logger, Exception? error, string dataSource, string errorClass, int attempt, int maxAttempts);

    [LoggerMessage(1103, LogLevel.Warning, "Node {DataSource}/{Node} did not answer when asked for its role at start; it serves nothing until it does.")]
    public static partial void RoleUnknown(ILogger logger, Exception error, string dataSource, string node);

    [LoggerMessage(1104, LogLevel.Information, "Data source {DataSource} changed by configuration reload: {Change}.")]
    public static partial void Reloaded(ILogger logger, string dataSource, string change);

    [LoggerMessage(1105, LogLevel.Warning, "'{Holder}' was never disposed, and kept a connection of pool {Pool} ({Lane}) for {AgeMs} ms, until the garbage collector found it. The connection was closed. Dispose it ('await using'). Rented in: {Stack}.")]
    public static partial void LeaseLost(ILogger logger, string holder, string pool, string lane, long ageMs, string stack);

    [LoggerMessage(1106, LogLevel.Error, "Node {Node} was not added to {DataSource}: a data source of an embedded engine is one file and has exactly one node.")]
    public static partial void NodeRefused(ILogger logger, string dataSource, string node);

    [LoggerMessage(1107, LogLevel.Warning, "Server {Server} allows {Allowed} connections, but all {Instances} instance(s) of this service together may open {Wanted} to it (Pool:MaxSize: {Pools}). It would refuse what is too much. Lower Pool:MaxSize, or set MaxConnections of the data source or the process; Instances says how many processes there are.")]
    public static partial void ServerTooSmall(ILogger logger, string server, int allowed, int instances, long wanted, string pools);

    [LoggerMessage(1108, LogLevel.Debug, "Pool {Pool}: the server could not be asked how many connections it allows.")]
    public static partial void ServerNotAsked(ILogger logger, Exception error, string pool);

    [LoggerMessage(1200, LogLevel.Debug, "Pool {Pool} ({Lane}) opened a connection in {DurationMs} ms.")]
    public static partial void ConnectionOpened(ILogger logger, string pool, string lane, long durationMs);

    [LoggerMessage(1201, LogLevel.Warning, "Pool {Pool} ({Lane}) could not open a connection ({DurationMs} ms); it tries again in {RetryMs} ms.")]
    public static partial void OpenFailed(ILogger logger, Exception error, string pool, string lane, long durationMs, long retryMs);

    [LoggerMessage(1202, LogLevel.Information, "Pool {Pool} ({Lane}) opens connections again, {AfterMs} ms after its last failure.")]
    public static partial void OpenRecovered(ILogger logger, string pool, string lane, long afterMs);

    [LoggerMessage(1203, LogLevel.Debug, "Pool {Pool} ({Lane}) closes a connection: {Reason}.")]
    public static partial void ConnectionClosing(ILogger logger, string pool, string lane, string reason);

    [LoggerMessage(1204, LogLevel.Warning, "Pool {Pool} ({Lane}) gave no connection within {WaitedMs} ms: {Active} active, {Opening} opening, {Waiting} waiting, at most {Max}.")]
    public static partial void PoolExhausted(ILogger logger, string pool, string lane, long waitedMs, int active, int opening, int waiting, int max);

    [LoggerMessage(1205, LogLevel.Warning, "Pool {Pool} ({Lane}) refused a wait that could never end: every connection is held by an owner that waits for one more.")]
    public static partial void NestedDeadlock(ILogger logger, string pool, string lane);

    [LoggerMessage(1206, LogLevel.Warning, "Pool {Pool} ({Lane}) could not reset a returned connection and closes it.")]
    public static partial void ResetFailed(ILogger logger, Exception? error, string pool, string lane);

    [LoggerMessage(1207, LogLevel.Warning, "Pool {Pool} ({Lane}) could not reset its only connection; it is kept, because the database would end with it.")]
    public static partial void ResetFailedButKept(ILogger logger, Exception? error, string pool, string lane);

    [LoggerMessage(1208, LogLevel.Information, "Pool {Pool} was cleared: idle connections are closed now, rented ones when they come back.")]
    public static partial void PoolCleared(ILogger logger, string pool);

    [LoggerMessage(1209, LogLevel.Warning, "Pool {Pool} was disposed while connections were rented; after {WaitedMs} ms {Active} had not come back. They are closed when they do.")]
    public static partial void DrainTimedOut(ILogger logger, string pool, long waitedMs, int active);

    [LoggerMessage(1210, LogLevel.Warning, "Pool {Pool} ({Lane}) gave up on a driver that ignored its deadline while opening; a connection that comes late is closed.")]
    public static partial void OpenAbandoned(ILogger logger, string pool, string lane);

    [LoggerMessage(1211, LogLevel.Debug, "Pool {Pool}: closing a connection failed.")]
    public static partial void CloseFailed(ILogger logger, Exception error, string pool);

    [LoggerMessage(1212, LogLevel.Debug, "Pool {Pool}: a connection gave no sign of life after idling.")]
    public static partial void ValidationFailed(ILogger logger, Exception error, string pool);

    [LoggerMessage(1213, LogLevel.Information, "Pool {Pool} ({Lane}): the adaptive limit went from {Before} to {After} of at most {Max}.")]
    public static partial void AdaptiveLimitMoved(ILogger logger, string pool, string lane, int before, int after, int max);

    [LoggerMessage(1220, LogLevel.Debug, "The definitions of {DataSource}/{Node} were read in {DurationMs} ms: {Relations} names of relations.")]
    public static partial void CatalogRead(ILogger logger, string dataSource, string node, int relations, double durationMs);

    [LoggerMessage(1221, LogLevel.Warning, "The definitions of {DataSource}/{Node} could not be read, so nothing that uses them is proven clean; connections are reset instead.")]
    public static partial void CatalogUnread(ILogger logger, Exception error, string dataSource, string node);

    [LoggerMessage(1222, LogLevel.Debug, "{Summary} on {DataSource}/{Node} is not proven to leave nothing on its connection: {Doubt}.")]
    public static partial void NotProven(ILogger logger, string summary, string dataSource, string node, string doubt);

    [LoggerMessage(1223, LogLevel.Warning, "A {Kind} on {DataSource}/{Node} was closed with an open transaction, which is rolled back. Commit or roll back before: what the transaction did is lost.")]
    public static partial void OpenTransactionAtReturn(ILogger logger, string kind, string dataSource, string node);

    [LoggerMessage(1300, LogLevel.Warning, "Slow statement {Summary} on {DataSource}/{Node}: {DurationMs} ms, {WaitedMs} ms of them for a connection; rows: {Rows}. Not logged since the last such message of this summary: {Suppressed}.")]
    public static partial void SlowStatement(ILogger logger, string summary, string dataSource, string node, double durationMs, double waitedMs, int? rows, long suppressed);

    [LoggerMessage(1301, LogLevel.Information, "Slowest statements of {DataSource} in the last {Seconds} s, by their time together: {Statements}.")]
    public static partial void SlowestStatements(ILogger logger, string dataSource, long seconds, string statements);

    [LoggerMessage(1302, LogLevel.Information, "Plan of slow statement {Summary} on {DataSource}/{Node}, not executed, literals left out:\n{Plan}")]
    public static partial void SlowStatementPlan(ILogger logger, string summary, string dataSource, string node, string plan);

    [LoggerMessage(1303, LogLevel.Debug, "Slow statement {Summary} on {DataSource} could not be explained: {ErrorType}.")]
    public static partial void SlowStatementNotExplained(ILogger logger, string summary, string dataSource, string? errorType);

    [LoggerMessage(1900, LogLevel.Error,
        "The background loop {Loop} failed ({FailuresInARow} in a row); it goes on and runs again in {DelayMs} ms. Not logged since the last such message: {Suppressed}.")]
    public static partial void LoopFailed(ILogger logger, Exception error, string loop, int failuresInARow, long delayMs, long suppressed);
}
