using Microsoft.Extensions.Logging;

namespace Routing.Diagnostics;

/// <summary>The log events of pools: 1200-1299.</summary>
internal static partial class Log
{
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
}
