using Microsoft.Extensions.Logging;
using Routing.Topology;

namespace Routing.Health;

/// <summary>The log events of Routing.Health. Numbers never change their meaning: 3000-3099.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(3000, LogLevel.Information, "Node {DataSource}/{Node} is up (was {Before}).")]
    public static partial void NodeUp(ILogger logger, string dataSource, string node, NodeState before);

    [LoggerMessage(3001, LogLevel.Warning, "Node {DataSource}/{Node} is suspect (was {Before}): {Error}.")]
    public static partial void NodeSuspect(ILogger logger, string dataSource, string node, NodeState before, string error);

    [LoggerMessage(3002, LogLevel.Error, "Node {DataSource}/{Node} is down after {Failures} failures in a row; it gets nothing until a probe is answered. Last: {Error}.")]
    public static partial void NodeDown(ILogger logger, string dataSource, string node, int failures, string error);

    [LoggerMessage(3003, LogLevel.Information, "Node {DataSource}/{Node} is now {Role} (was {Before}), epoch {Epoch}.")]
    public static partial void RoleChanged(ILogger logger, string dataSource, string node, NodeRole role, NodeRole before, long epoch);

    [LoggerMessage(3004, LogLevel.Warning, "Node {DataSource}/{Node} says it is {Claimed}, but is configured as {Role}; the configuration wins. Set its Role to Auto, or correct it.")]
    public static partial void RoleContradictsConfiguration(ILogger logger, string dataSource, string node, NodeRole claimed, NodeRole role);

    [LoggerMessage(3005, LogLevel.Error, "Node {DataSource}/{Node} says it is primary under epoch {Epoch}, but epoch {HighestEpoch} has been seen; it gets no statements until it follows.")]
    public static partial void PrimaryFenced(ILogger logger, string dataSource, string node, long epoch, long highestEpoch);

    [LoggerMessage(3006, LogLevel.Critical, "Node {DataSource}/{Node} says it is primary under epoch {Epoch}, but node {Primary} is primary; {Primary} keeps the writes and {Node} gets no statements. Make one of them follow the other.")]
    public static partial void SecondPrimary(ILogger logger, string dataSource, string node, long epoch, string primary);

    [LoggerMessage(3007, LogLevel.Warning, "The probe of node {DataSource}/{Node} ended in an error that does not mean the node is down; its state stays {State}: {Error}.")]
    public static partial void ProbeInconclusive(ILogger logger, string dataSource, string node, NodeState state, string error);

    [LoggerMessage(3008, LogLevel.Debug, "Watching node {DataSource}/{Node}.")]
    public static partial void Watching(ILogger logger, string dataSource, string node);

    [LoggerMessage(3009, LogLevel.Debug, "No longer watching node {DataSource}/{Node}.")]
    public static partial void NotWatching(ILogger logger, string dataSource, string node);
}
