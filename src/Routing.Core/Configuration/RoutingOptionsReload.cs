namespace Routing.Configuration;

/// <summary>What a change in the configuration means for a running process.</summary>
internal enum OptionChangeKind
{
    /// <summary>A node's weight or drain.</summary>
    Node,

    /// <summary>A read option of the data source.</summary>
    Reads,

    /// <summary>A node that was not there.</summary>
    NodeAdded,

    /// <summary>A node that is gone: it drains until the process ends.</summary>
    NodeRemoved,

    /// <summary>Anything else: refused until a restart.</summary>
    NeedsRestart,
}

/// <summary>One difference between the running and the new configuration.</summary>
/// <param name="Path">The full configuration path.</param>
/// <param name="Kind">What it means.</param>
/// <param name="DataSource">The data source's name; empty for a change that concerns the whole process.</param>
/// <param name="Node">The node's name; null when the change is not about one.</param>
/// <param name="Text">In words, e.g. <c>changed from "1" to "3"</c>. Never a secret.</param>
internal sealed record OptionChange(string Path, OptionChangeKind Kind, string DataSource, string? Node, string Text);

/// <summary>The outcome of comparing the running with a new, validated configuration.</summary>
/// <param name="Effective">The options to run with from now on: the running ones with the live changes.</param>
/// <param name="Live">What changes now, sorted by path.</param>
/// <param name="Refused">What needs a restart, sorted by path.</param>
internal sealed record RoutingOptionsReload(RoutingOptions Effective, IReadOnlyList<OptionChange> Live, IReadOnlyList<OptionChange> Refused)
{
    /// <summary>
    /// Compares. Pure: neither argument is changed. What was set in code (callbacks, features) cannot be compared and
    /// stays as it runs. A removed node stays in <see cref="Effective"/> as draining, so that its return is a live change
    /// and the same name is never two servers in one process.
    /// </summary>
    /// <param name="root">The path of the section.</param>
    /// <param name="running">The running options, resolved.</param>
    /// <param name="changed">The new options, validated and resolved.</param>
    public static RoutingOptionsReload Compare(string root, RoutingOptions running, RoutingOptions changed)
    {
        List<OptionChange> changes = [];
        var effective = new RoutingOptions { MaxConnections = running.MaxConnections, Instances = running.Instances };
        Apply(new Place(root, "", null), OptionChangeKind.NeedsRestart, Settings.Process, running, changed, effective, changes);
        foreach (var (name, old) in running.DataSources)
        {
            var path = root + ":" + Settings.DataSources + ":" + name;
            if (!changed.DataSources.TryGetValue(name, out var @new))
            {
                changes.Add(new OptionChange(path, OptionChangeKind.NeedsRestart, name, null, "removed"));
                effective.DataSources[name] = old;
                continue;
            }

            effective.DataSources[name] = Merge(new Place(path, name, null), old, @new, changes);
        }

        foreach (var name in changed.DataSources.Keys.Where(n => !running.DataSources.ContainsKey(n)))
        {
            changes.Add(new OptionChange(root + ":" + Settings.DataSources + ":" + name, OptionChangeKind.NeedsRestart, name, null, "added"));
        }

        changes.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new RoutingOptionsReload(
            effective,
            changes.FindAll(static c => c.Kind != OptionChangeKind.NeedsRestart),
            changes.FindAll(static c => c.Kind == OptionChangeKind.NeedsRestart));
    }

    private static DataSourceOptions Merge(Place place, DataSourceOptions old, DataSourceOptions @new, List<OptionChange> changes)
    {
        var merged = old.Copy();
        Apply(place, OptionChangeKind.NeedsRestart, Settings.DataSource, old, @new, merged, changes);
        foreach (var group in Settings.Groups)
        {
            var at = place with { Path = place.Path + ":" + group.Name };
            Apply(at, OptionChangeKind.Reads, group.Settings, group.Get(old)!, group.Get(@new)!, group.Get(merged)!, changes);
        }

        MergeNodes(place with { Path = place.Path + ":" + Settings.Nodes }, old, @new, merged, changes);
        return merged;
    }

    private static void MergeNodes(Place nodes, DataSourceOptions old, DataSourceOptions @new, DataSourceOptions merged, List<OptionChange> changes)
    {
        foreach (var (name, node) in old.Nodes)
        {
            var place = new Place(nodes.Path + ":" + name, nodes.DataSource, name);
            if (@new.Nodes.TryGetValue(name, out var other))
            {
                MergeNode(place, node, other, merged.Nodes[name], changes);
            }
            else if (!node.Drain)
            {
                merged.Nodes[name].Drain = true;
                changes.Add(place.Change(OptionChangeKind.NodeRemoved, "removed: the node drains"));
            }
        }

        foreach (var (name, node) in @new.Nodes)
        {
            if (!old.Nodes.ContainsKey(name))
            {
                merged.Nodes[name] = node.Copy();
                changes.Add(new Place(nodes.Path + ":" + name, nodes.DataSource, name).Change(OptionChangeKind.NodeAdded, "added"));
            }
        }
    }

    private static void MergeNode(Place place, NodeOptions old, NodeOptions @new, NodeOptions merged, List<OptionChange> changes)
    {
        if (!string.Equals(old.Resolved, @new.Resolved, StringComparison.Ordinal))
        {
            changes.Add(place.Change(
                OptionChangeKind.NeedsRestart, "the connection string changed (for passwords that change there is CredentialProvider)"));
        }

        // Where the connection string stands is compared by what it resolves to, so moving it to a variable changes nothing.
        var settings = Settings.Node.Where(static s => !s.Name.StartsWith(nameof(NodeOptions.ConnectionString), StringComparison.Ordinal)).ToList();
        Apply(place, OptionChangeKind.Node, settings, old, @new, merged, changes);
    }

    private static void Apply(
        Place place, OptionChangeKind live, IReadOnlyList<Setting> settings, object old, object @new, object merged, List<OptionChange> changes)
    {
        foreach (var setting in settings)
        {
            var before = setting.Get(old);
            var after = setting.Get(@new);
            if (Equals(before, after) || (before is string left && after is string right && IsSameName(setting, left, right)))
            {
                continue;
            }

            var at = place with { Path = place.Path + ":" + setting.Name };
            var text = $"changed from {Show(setting, before)} to {Show(setting, after)}";
            changes.Add(at.Change(setting.Live ? live : OptionChangeKind.NeedsRestart, text));
            if (setting.Live)
            {
                setting.Set(merged, after);
            }
        }
    }

    private static bool IsSameName(Setting setting, string left, string right) =>
        setting.Name == nameof(DataSourceOptions.Provider) && string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static string Show(Setting setting, object? value) => value is null ? "none" : ConfigurationProblem.Quote(setting.Kind.Format(value));

    private sealed record Place(string Path, string DataSource, string? Node)
    {
        public OptionChange Change(OptionChangeKind kind, string text) => new(Path, kind, DataSource, Node, text);
    }
}
