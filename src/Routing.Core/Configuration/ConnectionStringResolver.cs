using Microsoft.Extensions.Configuration;

namespace Routing.Configuration;

/// <summary>
/// Finds a node's connection string: inline, by name in the configuration's <c>ConnectionStrings</c>, or in an environment
/// variable. Thread-safe. Errors name keys and names, never the connection string.
/// </summary>
/// <param name="root">The application's whole configuration; null when the container has none.</param>
/// <param name="environment">Reads an environment variable.</param>
internal sealed class ConnectionStringResolver(IConfiguration? root, Func<string, string?> environment)
{
    private const string Section = "ConnectionStrings";
    private const string NeedsOne = "exactly one of ConnectionString, ConnectionStringName and ConnectionStringVariable is needed";

    /// <summary>
    /// Resolves the node and returns the path of the key that was used. Returns null after adding a problem. The result
    /// stays on the node (<see cref="NodeOptions.Resolved"/>), so that what was validated is what will be opened.
    /// </summary>
    public string? Resolve(string nodePath, NodeOptions node, ICollection<ConfigurationProblem> problems)
    {
        node.Resolved = null;
        List<string> set = [];
        AddIfSet(set, node.ConnectionString, nameof(node.ConnectionString));
        AddIfSet(set, node.ConnectionStringName, nameof(node.ConnectionStringName));
        AddIfSet(set, node.ConnectionStringVariable, nameof(node.ConnectionStringVariable));
        if (set.Count != 1)
        {
            problems.Add(set.Count == 0
                ? new ConfigurationProblem(nodePath, "no connection string", NeedsOne)
                : new ConfigurationProblem(nodePath, "found " + string.Join(" and ", set), NeedsOne));
            return null;
        }

        var path = nodePath + ":" + set[0];
        node.Resolved = set[0] switch
        {
            nameof(node.ConnectionStringName) => ByName(path, node.ConnectionStringName!, problems),
            nameof(node.ConnectionStringVariable) => ByVariable(path, node.ConnectionStringVariable!, problems),
            _ => node.ConnectionString,
        };
        return node.Resolved is null ? null : path;
    }

    private static void AddIfSet(List<string> set, string? value, string name)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            set.Add(name);
        }
    }

    private string? ByName(string path, string name, ICollection<ConfigurationProblem> problems)
    {
        var found = "found " + ConfigurationProblem.Quote(name);
        if (root is null)
        {
            problems.Add(new ConfigurationProblem(path, found, "a name needs the application's IConfiguration in the container; register it, or use ConnectionString or ConnectionStringVariable"));
            return null;
        }

        if (root.GetSection(Section)[name] is { } value && !string.IsNullOrWhiteSpace(value))
        {
            return value;
        }

        var names = root.GetSection(Section).GetChildren().Select(static c => c.Key).ToList();
        if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            problems.Add(new ConfigurationProblem(path, found + ", which is empty in ConnectionStrings", "a connection string is needed there"));
            return null;
        }

        problems.Add(new ConfigurationProblem(
            path,
            found + ", which is not in ConnectionStrings" + NearestName.Hint(name, names),
            names.Count == 0 ? "add it to the configuration's ConnectionStrings" : "there are " + string.Join(", ", names)));
        return null;
    }

    private string? ByVariable(string path, string name, ICollection<ConfigurationProblem> problems)
    {
        if (environment(name) is { } value && !string.IsNullOrWhiteSpace(value))
        {
            return value;
        }

        problems.Add(new ConfigurationProblem(
            path,
            "found " + ConfigurationProblem.Quote(name) + ", which is not set in the environment or empty there",
            "allowed is the name of an environment variable that holds a connection string"));
        return null;
    }
}
