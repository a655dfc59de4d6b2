using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Routing.Routes;
using Routing.Topology;

namespace Routing;

/// <summary>Why a node was left out of a read.</summary>
public enum Exclusion
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It is the primary, or its role is not known, and reads go to replicas.</summary>
    NotAReplica,

    /// <summary>Configuration is taking it out.</summary>
    Draining,

    /// <summary>Its monitor holds it for dead.</summary>
    Down,

    /// <summary>It failed its last probe.</summary>
    Suspect,

    /// <summary>It lags more than <c>MaxStaleness</c>.</summary>
    TooStale,

    /// <summary>It is not known to have replayed what this consistency scope wrote.</summary>
    BehindToken,

    /// <summary>It failed this very statement a moment ago.</summary>
    JustFailed,
}

/// <summary>One node as a candidate of a decision.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Role">Its role then.</param>
/// <param name="State">Its state then.</param>
/// <param name="InFlight">How many statements this process ran on it then.</param>
/// <param name="Exclusion">Why it was left out; <see cref="Exclusion.None"/> when it was not.</param>
public sealed record RouteCandidate(string Node, NodeRole Role, NodeState State, int InFlight, Exclusion Exclusion);

/// <summary>Where a statement goes and why, in full. Made by <c>Explain</c>; immutable.</summary>
public sealed record RouteDecision
{
    /// <summary>The data source.</summary>
    public required string DataSource { get; init; }

    /// <summary>How the statement was classified: <c>Read</c>, <c>Write</c> or <c>Unknown</c>.</summary>
    public required string Class { get; init; }

    /// <summary>What decided the class, in words.</summary>
    public required string ClassReason { get; init; }

    /// <summary>What the statement is routed as.</summary>
    public required Intent Intent { get; init; }

    /// <summary>The chosen node; null when none can serve.</summary>
    public required string? Node { get; init; }

    /// <summary>Why it was chosen.</summary>
    public required RouteReason Reason { get; init; }

    /// <summary>Every node, with why it was left out.</summary>
    public required ImmutableArray<RouteCandidate> Candidates { get; init; }

    /// <summary>One line: the choice, then the nodes left out and why.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Class} ({ClassReason}) as {Intent} -> {DataSource}/{Node ?? "nowhere"}: {Reason}");
        var separator = "; left out: ";
        foreach (var candidate in Candidates)
        {
            if (candidate.Exclusion != Exclusion.None && candidate.Node != Node)
            {
                text.Append(CultureInfo.InvariantCulture, $"{separator}{candidate.Node} ({candidate.Role}, {candidate.State}): {candidate.Exclusion}");
                separator = ", ";
            }
        }

        return text.ToString();
    }
}
