using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Routes;
using Routing.Shards;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// One data source at run time: the steps of the line, built once from the options. Owns the pools and the drivers'
/// life. Thread-safe.
/// </summary>
internal sealed class DataSourceRuntime : IAsyncDisposable
{
    private IDriver? _anyDriver;

    public required string Name { get; init; }

    public required Engine Engine { get; init; }

    public required DataSourceOptions Options { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public required TopologyStore Topology { get; init; }

    public required ShardMap Shards { get; init; }

    public required Router Routes { get; init; }

    public required NodePools Pools { get; init; }

    public required StatementCache Statements { get; init; }

    /// <summary>What telemetry calls its statements.</summary>
    public required QueryTexts QueryTexts { get; init; }

    /// <summary>Looks for slow statements; null while that is off.</summary>
    public SlowStatements? SlowStatements { get; init; }

    /// <summary>What the nodes' databases define; null where nobody asks.</summary>
    public CatalogWatch? Catalogs { get; init; }

    /// <summary>What statements may leave on their connections.</summary>
    public required CleanProof Proof { get; init; }

    public required ProcessWrites ProcessWrites { get; init; }

    public required StartOnce Start { get; init; }

    /// <summary>Where failures seen by statements are told to the monitors.</summary>
    public required INodeSignals Signals { get; init; }

    /// <summary>What dispose ends besides the pools: monitors, drivers, configuration watchers.</summary>
    public ImmutableArray<IAsyncDisposable> Owned { get; set; } = [];

    public bool IsDisposed { get; private set; }

    /// <summary>For what every node's driver answers alike.</summary>
    public IDriver AnyDriver => _anyDriver ??= Pools.All.First().Driver;

    public IDriver DriverOf(Node node) => Pools[node].Driver;

    public async ValueTask DisposeAsync()
    {
        if (IsDisposed)
        {
            return;
        }

        IsDisposed = true;
        try
        {
            // Monitors first: they must not judge nodes whose pools are closing.
            foreach (var owned in Owned)
            {
                await owned.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await Pools.DisposeAsync().ConfigureAwait(false);
        }
    }
}
