using Routing.Topology;

namespace Routing.Drivers;

/// <summary>A node's answer to its monitor: one round trip.</summary>
/// <param name="Role">What the node says it is.</param>
/// <param name="Epoch">The engine's failover count (PostgreSQL: timeline); 0 where there is none.</param>
/// <param name="Position">A primary's written, a replica's replayed position; null where there is none.</param>
/// <param name="Lag">A replica's lag as it sees it itself; null when not known.</param>
/// <param name="Identity">What tells two servers apart (PostgreSQL: the cluster's system identifier); empty where there is none.</param>
public sealed record ProbeResult(NodeRole Role, long Epoch, NodePosition? Position, TimeSpan? Lag, string Identity);
