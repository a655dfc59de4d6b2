using Routing.Configuration;
using Routing.Mappers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>A statement with everything that decides where it goes. Made once per call; a rerun changes only what it avoids.</summary>
internal readonly record struct Call(Statement statement, MapperCommand command, Intent intent, bool isExplicit, ConsistencyLevel consistency)
{
    public Statement Statement { get; } = statement;

    public MapperCommand Command { get; } = command;

    public Intent Intent { get; } = intent;

    /// <summary>Whether the caller, not the classifier, said the intent: then a wrong-role error is surfaced, not healed.</summary>
    public bool IsExplicit { get; } = isExplicit;

    public ConsistencyLevel Consistency { get; } = consistency;

    /// <summary>Whether it may have moved the primary's position. An explicit Read does not make a write harmless.</summary>
    public bool MayWrite => Intent == Intent.Write || Statement.Class != StatementClass.Read;

    /// <summary>The position a replica must have replayed; null for none.</summary>
    public NodePosition? Required { get; init; }

    /// <summary>Nodes that failed this call, one bit each; see <see cref="Routes.Router.Bit"/>.</summary>
    public ulong Avoid { get; init; }

    public Call Rerouted(Intent intent, ulong avoid) =>
        new(Statement, Command, intent, IsExplicit, Consistency) { Required = Required, Avoid = avoid };
}
