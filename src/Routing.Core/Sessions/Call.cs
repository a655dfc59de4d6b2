using Routing.Configuration;
using Routing.Mappers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>A statement with everything that decides where it goes. Made once per call; a rerun changes only what it avoids.</summary>
/// <param name="Statement">What is known about the text.</param>
/// <param name="Command">The text with its values, for a mapper.</param>
/// <param name="Intent">What it is routed as.</param>
/// <param name="IsExplicit">Whether the caller, not the classifier, said the intent: then a wrong-role error is surfaced, not healed.</param>
/// <param name="Consistency">What a read must see.</param>
internal readonly record struct Call(Statement Statement, MapperCommand Command, Intent Intent, bool IsExplicit, ConsistencyLevel Consistency)
{
    /// <summary>Whether it may have moved the primary's position. An explicit Read does not make a write harmless.</summary>
    public bool MayWrite => Intent == Intent.Write || Statement.Class != StatementClass.Read;

    /// <summary>The position a replica must have replayed; null for none.</summary>
    public NodePosition? Required { get; init; }

    /// <summary>Nodes that failed this call, one bit each; see <see cref="Routes.Router.Bit"/>.</summary>
    public ulong Avoid { get; init; }

    /// <summary>Who traces and measures it; null while nobody listens.</summary>
    public StatementTelemetry? Telemetry { get; init; }

    /// <summary>Its place among those who wait for a connection; null for that of its session.</summary>
    public RentPriority? Priority { get; init; }

    /// <summary>How many statements of a caller's batch it is; 1 for none.</summary>
    public int BatchSize { get; init; } = 1;

    public Call Rerouted(Intent intent, ulong avoid) => this with { Intent = intent, Avoid = avoid };
}
