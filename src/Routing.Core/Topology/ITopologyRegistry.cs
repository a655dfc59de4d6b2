using System.Diagnostics.CodeAnalysis;

namespace Routing.Topology;

/// <summary>The topologies of all data sources by name. Thread-safe.</summary>
internal interface ITopologyRegistry
{
    /// <summary>The names, in configuration order.</summary>
    IReadOnlyList<string> DataSources { get; }

    bool TryGet(string dataSource, [NotNullWhen(true)] out TopologyStore? store);
}
