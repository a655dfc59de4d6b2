using System.Text;
using System.Xml.Linq;
using Routing.Configuration;
using Routing.UnitTests.Configuration;

namespace Routing.UnitTests.Docs;

/// <summary>The table of options is written from the settings and their XML documentation, so it cannot fall behind them.</summary>
public sealed class OptionTableTests
{
    private const string Page = "docs/guide/configuration.md";
    private const string Begin = "<!-- options:begin -->";
    private const string End = "<!-- options:end -->";

    private static readonly XmlDocumentation Docs = new(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")));

    [Fact]
    public void The_configuration_page_lists_every_option()
    {
        var page = Markdown.Read(Page);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);

        Snapshot.Check(Page, page[..begin] + "\n" + Table() + page[end..]);
    }

    private static string Table()
    {
        var table = new StringBuilder("| Option | Default | Allowed | What it does | Live |\n|---|---|---|---|---|\n");
        Append(table, "", Settings.DataSource, new DataSourceOptions());
        Append(table, "Nodes:<name>:", Settings.Node, new NodeOptions());
        foreach (var group in Settings.Groups)
        {
            Append(table, group.Name + ":", group.Settings, group.Get(new DataSourceOptions())!);
        }

        return table.ToString();
    }

    private static void Append(StringBuilder table, string prefix, IReadOnlyList<Setting> settings, object defaults)
    {
        foreach (var setting in settings)
        {
            var value = setting.Kind.Format(setting.Get(defaults));
            table.Append("| `").Append(prefix).Append(setting.Name)
                .Append("` | ").Append(value.Length == 0 ? "none" : value)
                .Append(" | ").Append(Allowed(setting.Kind))
                .Append(" | ").Append(Effect(setting))
                .Append(" | ").Append(setting.Live ? "yes" : "no").Append(" |\n");
        }
    }

    private static string Allowed(SettingKind kind) =>
        kind.Allowed.Replace("allowed is ", "", StringComparison.Ordinal).Replace("allowed are ", "", StringComparison.Ordinal);

    // Default, range and liveness have columns of their own.
    private static string Effect(Setting setting)
    {
        var sentences = Docs.OfProperty(setting.Owner, setting.Name).TrimEnd('.').Split(". ")
            .Where(static sentence => !sentence.StartsWith("Default", StringComparison.Ordinal) && !sentence.StartsWith("Live", StringComparison.Ordinal));
        return string.Join(". ", sentences) + ".";
    }
}
