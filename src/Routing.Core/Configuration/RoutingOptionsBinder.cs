using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Routing.Configuration;

/// <summary>
/// Reads the options from a configuration section. Nothing is ignored: every key below the section is either bound or a
/// problem, and all problems are collected for the validator. (The framework's binder skips unknown keys, reads "5" as
/// five days, and stops at the first error.)
/// </summary>
internal sealed class RoutingOptionsBinder(IConfigurationSection section) : IConfigureOptions<RoutingOptions>
{
    private static readonly string[] RootNames = [Settings.DataSources, .. Settings.Process.Select(static s => s.Name)];
    private static readonly string[] DataSourceNames =
        [.. Settings.DataSource.Select(static s => s.Name), Settings.Nodes, .. Settings.GroupsIn("").Select(static g => g.Key)];

    public void Configure(RoutingOptions options)
    {
        var problems = options.BindingProblems;
        foreach (var child in Children(section, problems))
        {
            if (Is(child, Settings.DataSources))
            {
                BindDataSources(child, options, problems);
            }
            else if (!TryBind(child, options, Settings.Process, problems))
            {
                AddUnknown(child, RootNames, problems);
            }
        }
    }

    private static void BindDataSources(IConfigurationSection section, RoutingOptions options, IList<ConfigurationProblem> problems)
    {
        foreach (var dataSource in Children(section, problems))
        {
            BindDataSource(dataSource, options.GetOrAdd(dataSource.Key), problems);
        }
    }

    private static void BindDataSource(IConfigurationSection section, DataSourceOptions options, IList<ConfigurationProblem> problems)
    {
        foreach (var child in Children(section, problems))
        {
            if (Is(child, Settings.Nodes))
            {
                BindNodes(child, options, problems);
            }
            else if (Settings.GroupsIn("").FirstOrDefault(g => Is(child, g.Key)) is { } group)
            {
                BindGroup(child, options, group, problems);
            }
            else if (!TryBind(child, options, Settings.DataSource, problems))
            {
                AddUnknown(child, DataSourceNames, problems);
            }
        }
    }

    private static void BindNodes(IConfigurationSection section, DataSourceOptions options, IList<ConfigurationProblem> problems)
    {
        foreach (var child in Children(section, problems))
        {
            if (!options.Nodes.TryGetValue(child.Key, out var node))
            {
                options.Nodes[child.Key] = node = new NodeOptions();
            }

            BindNode(child, node, Settings.Node, problems);
        }
    }

    private static void BindGroup(IConfigurationSection section, DataSourceOptions options, SettingGroup group, IList<ConfigurationProblem> problems)
    {
        if (group.Get(options) is not { } owner)
        {
            return;
        }

        List<SettingGroup> inner = [.. Settings.GroupsIn(group.Name)];
        foreach (var child in Children(section, problems))
        {
            if (inner.Find(g => Is(child, g.Key)) is { } next)
            {
                BindGroup(child, options, next, problems);
            }
            else if (!TryBind(child, owner, group.Settings, problems))
            {
                AddUnknown(child, [.. group.Settings.Select(static s => s.Name), .. inner.Select(static g => g.Key)], problems);
            }
        }
    }

    private static void BindNode(IConfigurationSection section, object? owner, IReadOnlyList<Setting> settings, IList<ConfigurationProblem> problems)
    {
        if (owner is null)
        {
            return;
        }

        foreach (var child in Children(section, problems))
        {
            if (!TryBind(child, owner, settings, problems))
            {
                AddUnknown(child, [.. settings.Select(static s => s.Name)], problems);
            }
        }
    }

    private static bool TryBind(IConfigurationSection section, object owner, IReadOnlyList<Setting> settings, IList<ConfigurationProblem> problems)
    {
        if (settings.FirstOrDefault(s => Is(section, s.Name)) is not { } setting)
        {
            return false;
        }

        if (section.GetChildren().Any())
        {
            problems.Add(new ConfigurationProblem(section.Path, "found an object or a list", setting.Kind.Allowed));
        }
        else if (section.Value is { } text)
        {
            BindValue(section.Path, text, owner, setting, problems);
        }

        // A JSON null leaves the default, as leaving the key out does.
        return true;
    }

    private static void BindValue(string path, string text, object owner, Setting setting, IList<ConfigurationProblem> problems)
    {
        if (setting.Kind.TryParse(text, out var value))
        {
            setting.Set(owner, value);
            return;
        }

        var found = "found " + ConfigurationProblem.Quote(text) + NearestName.Hint(text, setting.Kind.Names);
        problems.Add(new ConfigurationProblem(path, found, setting.Kind.Allowed));
    }

    private static IEnumerable<IConfigurationSection> Children(IConfigurationSection section, IList<ConfigurationProblem> problems)
    {
        // An empty object arrives as an empty text in some providers.
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add(new ConfigurationProblem(section.Path, "found a single value, which is not shown here", "allowed is an object"));
        }

        return section.GetChildren();
    }

    private static void AddUnknown(IConfigurationSection section, string[] names, IList<ConfigurationProblem> problems)
    {
        var allowed = (names.Length == 1 ? "allowed is " : "allowed are ") + string.Join(", ", names);
        problems.Add(new ConfigurationProblem(section.Path, "unknown key" + NearestName.Hint(section.Key, names), allowed));
    }

    private static bool Is(IConfigurationSection section, string name) =>
        string.Equals(section.Key, name, StringComparison.OrdinalIgnoreCase);
}
