namespace Routing.Configuration;

/// <summary>
/// Everything that can be configured: the data sources by name. Not thread-safe while it is being set up; what
/// <c>IOptionsMonitor&lt;RoutingOptions&gt;</c> gives has been validated and must not be changed.
/// </summary>
public sealed class RoutingOptions
{
    private readonly List<ConfigurationProblem> _bindingProblems = [];

    /// <summary>The data sources by name, without case. At least one. A name is 1-64 letters, digits, <c>-</c>, <c>_</c> or <c>.</c>.</summary>
    public IDictionary<string, DataSourceOptions> DataSources { get; } = new Dictionary<string, DataSourceOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The most connections that all pools of this process have open together, 1-1000000; zero for no limit. Default 0. A pool
    /// that may not open waits as for any connection, and idle ones of other pools are closed to make room.
    /// </summary>
    public int MaxConnections { get; set; }

    /// <summary>
    /// How many processes with this configuration there are, 1-100000. Default 1. Only for the warning at start that all of
    /// them together may open more connections than a server allows.
    /// </summary>
    public int Instances { get; set; } = 1;

    /// <summary>What could not be read from the configuration; reported by the validator together with everything else.</summary>
    internal IList<ConfigurationProblem> BindingProblems => _bindingProblems;

    /// <summary>The data source of this name; added with its defaults when it is not there.</summary>
    internal DataSourceOptions GetOrAdd(string dataSource)
    {
        if (!DataSources.TryGetValue(dataSource, out var options))
        {
            DataSources[dataSource] = options = new DataSourceOptions();
        }

        return options;
    }
}
