using Microsoft.Extensions.Logging;

namespace Routing.Diagnostics;

/// <summary>Events of sessions and data sources: 1100-1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "Statement {Summary} on {DataSource} failed on node {Node} and runs once more elsewhere.")]
    public static partial void Rerun(ILogger logger, Exception error, string dataSource, string summary, string? node);

    [LoggerMessage(1101, LogLevel.Warning, "A write on {DataSource}/{Node} succeeded, but its position could not be read; its readers go to the primary until a newer position is known.")]
    public static partial void PositionUnknown(ILogger logger, Exception error, string dataSource, string node);

    [LoggerMessage(1102, LogLevel.Information, "Transaction on {DataSource} was rolled back ({ErrorClass}) and runs again, attempt {Attempt} of {MaxAttempts}.")]
    public static partial void TransactionRerun(ILogger logger, Exception? error, string dataSource, string errorClass, int attempt, int maxAttempts);

    [LoggerMessage(1103, LogLevel.Warning, "Node {DataSource}/{Node} did not answer when asked for its role at start; it serves nothing until it does.")]
    public static partial void RoleUnknown(ILogger logger, Exception error, string dataSource, string node);

    [LoggerMessage(1105, LogLevel.Warning, "A {Kind} of {DataSource} was never disposed, and kept a connection to node {Node} until the garbage collector found it. The connection was closed. Dispose it ('await using').")]
    public static partial void HolderLost(ILogger logger, string kind, string dataSource, string node);

    [LoggerMessage(1104, LogLevel.Information, "Data source {DataSource} changed by configuration reload: {Change}.")]
    public static partial void Reloaded(ILogger logger, string dataSource, string change);

    [LoggerMessage(1106, LogLevel.Error, "Node {Node} was not added to {DataSource}: a data source of an embedded engine is one file and has exactly one node.")]
    public static partial void NodeRefused(ILogger logger, string dataSource, string node);
}
