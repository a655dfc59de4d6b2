using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Routing.Diagnostics;

namespace Routing.Configuration;

/// <summary>
/// Checks the options, from whatever mix of configuration and code they came, and resolves every connection string.
/// Throws one <see cref="RoutingConfigurationException"/> with all problems. Thread-safe.
/// </summary>
/// <param name="root">The path of the section, for the problems' paths.</param>
/// <param name="engines">The registered engines.</param>
/// <param name="resolver">Finds connection strings.</param>
internal sealed partial class RoutingOptionsValidator(string root, IReadOnlyList<EngineRules> engines, ConnectionStringResolver resolver)
    : IValidateOptions<RoutingOptions>
{
    private const string AllowedName = "allowed are 1-64 letters, digits, \"-\", \"_\" or \".\"";

    /// <exception cref="RoutingConfigurationException">There is a problem; the message lists all of them.</exception>
    public ValidateOptionsResult Validate(string? name, RoutingOptions options)
    {
        var problems = Check(options);
        return problems.Count == 0
            ? ValidateOptionsResult.Success
            : throw new RoutingConfigurationException(ConfigurationProblem.Describe(problems)) { Code = ErrorCodes.InvalidConfiguration };
    }

    /// <summary>All problems, those of binding included; empty when the options can be used.</summary>
    public IReadOnlyList<ConfigurationProblem> Check(RoutingOptions options)
    {
        List<ConfigurationProblem> problems = [.. options.BindingProblems];
        CheckSettings(root, options, Settings.Process, problems);
        var path = root + ":" + Settings.DataSources;
        if (options.DataSources.Count == 0)
        {
            problems.Add(new ConfigurationProblem(path, "no data source", "at least one is needed"));
        }

        foreach (var (name, dataSource) in options.DataSources)
        {
            CheckDataSource(path + ":" + name, name, dataSource, problems);
        }

        return problems;
    }

    private void CheckDataSource(string path, string name, DataSourceOptions? options, List<ConfigurationProblem> problems)
    {
        CheckName(path, name, problems);
        if (options is null)
        {
            problems.Add(new ConfigurationProblem(path, "found null", "allowed is an object"));
            return;
        }

        var engine = CheckProvider(path + ":" + nameof(options.Provider), options.Provider, problems);
        foreach (var group in Settings.Groups)
        {
            CheckSettings(path + ":" + group.Name, group.Get(options), group.Settings, problems);
        }

        CheckSettings(path, options, [.. Settings.DataSource.Where(static s => s.Name != nameof(options.Provider))], problems);
        CheckMinIdle(path, options.Pool, problems);
        CheckAdaptiveMin(path, options.Pool, problems);
        CheckMinIdleOfAll(path, options, problems);
        CheckNodes(path + ":" + Settings.Nodes, options, engine, problems);
    }

    private EngineRules? CheckProvider(string path, string? provider, List<ConfigurationProblem> problems)
    {
        var names = engines.Select(static e => e.Name).ToList();
        if (string.IsNullOrWhiteSpace(provider))
        {
            problems.Add(new ConfigurationProblem(path, "not set", Allowed(names)));
            return null;
        }

        if (engines.FirstOrDefault(e => string.Equals(e.Name, provider, StringComparison.OrdinalIgnoreCase)) is { } engine)
        {
            return engine;
        }

        var known = KnownEngines.Names.FirstOrDefault(n => string.Equals(n, provider, StringComparison.OrdinalIgnoreCase));
        problems.Add(known is null
            ? new ConfigurationProblem(path, "found " + ConfigurationProblem.Quote(provider) + NearestName.Hint(provider, names.Concat(KnownEngines.Names)), Allowed(names))
            : new ConfigurationProblem(path, "found " + ConfigurationProblem.Quote(provider) + ", which is not registered", KnownEngines.HowToAdd(known)));
        return null;

        static string Allowed(List<string> names) => names.Count == 0
            ? "no engine is registered, " + string.Join(", or ", KnownEngines.Names.Select(KnownEngines.HowToAdd))
            : "registered are " + string.Join(", ", names);
    }

    private static void CheckSettings(string path, object? owner, IReadOnlyList<Setting> settings, List<ConfigurationProblem> problems)
    {
        if (owner is null)
        {
            problems.Add(new ConfigurationProblem(path, "found null", "allowed is an object"));
            return;
        }

        foreach (var setting in settings)
        {
            var value = setting.Get(owner);
            if (!setting.Kind.IsAllowed(value))
            {
                problems.Add(new ConfigurationProblem(
                    path + ":" + setting.Name, "found " + ConfigurationProblem.Quote(setting.Kind.Format(value)), setting.Kind.Allowed));
            }
        }
    }

    private static void CheckMinIdle(string path, PoolOptions? pool, List<ConfigurationProblem> problems)
    {
        // When one of the two is out of its own range, that is the problem to report.
        if (pool is { MinIdle: >= 0 and <= 10_000, MaxSize: >= 1 and <= 10_000 } && pool.MinIdle > pool.MaxSize)
        {
            problems.Add(new ConfigurationProblem(
                path + ":Pool:MinIdle", $"found \"{pool.MinIdle}\"", $"allowed is at most MaxSize, which is {pool.MaxSize}"));
        }
    }

    private static void CheckAdaptiveMin(string path, PoolOptions? pool, List<ConfigurationProblem> problems)
    {
        if (pool is { Adaptive: true, AdaptiveMin: >= 1 and <= 10_000, MaxSize: >= 1 and <= 10_000 } && pool.AdaptiveMin > pool.MaxSize)
        {
            problems.Add(new ConfigurationProblem(
                path + ":Pool:AdaptiveMin", $"found \"{pool.AdaptiveMin}\"", $"allowed is at most MaxSize, which is {pool.MaxSize}"));
        }
    }

    private static void CheckMinIdleOfAll(string path, DataSourceOptions options, List<ConfigurationProblem> problems)
    {
        if (options is { Pool: { MinIdle: > 0 and <= 10_000 } pool, MaxConnections: > 0 and var max } && (long)pool.MinIdle * options.Nodes.Count > max)
        {
            problems.Add(new ConfigurationProblem(
                path + ":" + nameof(options.MaxConnections),
                $"found \"{max}\"",
                $"allowed is at least Pool:MinIdle times the number of nodes, which is {(long)pool.MinIdle * options.Nodes.Count}, or 0 for no limit"));
        }
    }

    private void CheckNodes(string path, DataSourceOptions options, EngineRules? engine, List<ConfigurationProblem> problems)
    {
        if (options.Nodes.Count == 0)
        {
            problems.Add(new ConfigurationProblem(path, "no node", "at least one is needed"));
        }

        string? primary = null;
        List<(string Name, string ConnectionString)> resolved = [];
        foreach (var (name, node) in options.Nodes)
        {
            var nodePath = path + ":" + name;
            CheckName(nodePath, name, problems);
            CheckSettings(nodePath, node, Settings.Node, problems);
            if (node is null)
            {
                continue;
            }

            if (node.Role == ConfiguredRole.Primary && primary is not null)
            {
                problems.Add(new ConfigurationProblem(nodePath + ":Role", $"found \"Primary\", as on node \"{primary}\"", "at most one node may be Primary"));
            }

            primary ??= node.Role == ConfiguredRole.Primary ? name : null;
            CheckConnectionString(nodePath, name, node, engine, resolved, problems);
        }
    }

    private void CheckConnectionString(
        string nodePath, string name, NodeOptions node, EngineRules? engine, List<(string Name, string ConnectionString)> others, List<ConfigurationProblem> problems)
    {
        if (resolver.Resolve(nodePath, node, problems) is not { } path)
        {
            return;
        }

        if (others.FirstOrDefault(o => AreSame(o.ConnectionString, node.Resolved!)).Name is { } twin)
        {
            problems.Add(new ConfigurationProblem(path, $"found the connection string of node \"{twin}\"", "each node is another server or file"));
        }

        others.Add((name, node.Resolved!));
        if (engine is not null)
        {
            problems.AddRange(engine.Rules.Validate(node.Resolved!).Select(text => new ConfigurationProblem(path, text)));
        }
    }

    private static bool AreSame(string left, string right)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = left }.EquivalentTo(new DbConnectionStringBuilder { ConnectionString = right });
        }
        catch (ArgumentException)
        {
            // Not of the usual key=value form; the engine's rules say what is wrong with it.
            return string.Equals(left, right, StringComparison.Ordinal);
        }
    }

    private static void CheckName(string path, string name, List<ConfigurationProblem> problems)
    {
        if (!Name().IsMatch(name))
        {
            problems.Add(new ConfigurationProblem(path, "found the name " + ConfigurationProblem.Quote(name), AllowedName));
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
