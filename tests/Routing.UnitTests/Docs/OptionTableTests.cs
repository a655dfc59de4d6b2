using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Routing.Configuration;

namespace Routing.UnitTests.Docs;

/// <summary>The table of options is written from the settings and their XML documentation, so it cannot fall behind them.</summary>
public sealed class OptionTableTests
{
    private const string Page = "docs/guide/configuration.md";
    private static readonly XmlDocumentation Docs = new(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")));

    // What is given to one call, session or transaction.
    private static readonly Type[] PerCall = [typeof(StatementOptions), typeof(SessionOptions), typeof(TransactionOptions)];

    [Fact]
    public void The_configuration_page_lists_every_option() => GeneratedPart.Check(Page, "options", Table());

    [Fact]
    public void The_pooling_page_lists_every_option_of_a_pool()
    {
        var table = Head();
        Append(table, "", [.. Settings.DataSource.Where(static setting => setting.Name == nameof(DataSourceOptions.MaxConnections))], new DataSourceOptions());
        foreach (var name in new[] { "Pool", "Timeouts" })
        {
            var group = Settings.Groups.Single(group => group.Name == name);
            Append(table, name + ":", group.Settings, group.Get(new DataSourceOptions())!);
        }

        GeneratedPart.Check("docs/guide/pooling.md", "pool-options", table.ToString());
    }

    [Fact]
    public void The_configuration_page_lists_what_concerns_the_whole_process()
    {
        var table = Head();
        Append(table, "", Settings.Process, new RoutingOptions());
        GeneratedPart.Check(Page, "process-options", table.ToString());
    }

    [Fact]
    public void The_configuration_page_says_what_each_choice_means() => GeneratedPart.Check(Page, "choices", Choices());

    [Fact]
    public void The_configuration_page_lists_what_can_be_said_per_call() => GeneratedPart.Check(Page, "per-call", OptionsPerCall());

    [Fact]
    public void Every_option_states_its_default_and_its_range()
    {
        // A group of options has the defaults of what is in it.
        foreach (var property in typeof(RoutingOptions).Assembly.GetExportedTypes()
            .Where(static type => type.Name.EndsWith("Options", StringComparison.Ordinal))
            .SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(static property => property.CanWrite && !property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)))
        {
            var text = Docs.OfProperty(property.DeclaringType!, property.Name);
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            Assert.True(Regex.IsMatch(text, "[Dd]efault", RegexOptions.None, TimeSpan.FromSeconds(1)), $"{property.DeclaringType!.Name}.{property.Name} does not state its default: {text}");
            Assert.True(
                (type != typeof(int) && type != typeof(TimeSpan)) || Regex.IsMatch(text, @"\d( \w+)?-(\d|MaxSize)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)),
                $"{property.DeclaringType!.Name}.{property.Name} does not state its range: {text}");
        }
    }

    private static string Table()
    {
        var table = Head();
        Append(table, "", Settings.DataSource, new DataSourceOptions());
        Append(table, "Nodes:<name>:", Settings.Node, new NodeOptions());
        foreach (var group in Settings.Groups)
        {
            Append(table, group.Name + ":", group.Settings, group.Get(new DataSourceOptions())!);
        }

        return table.ToString();
    }

    private static StringBuilder Head() => new("| Option | Type | Default | Allowed | What it does | Live |\n|---|---|---|---|---|---|\n");

    private static void Append(StringBuilder table, string prefix, IReadOnlyList<Setting> settings, object defaults)
    {
        foreach (var setting in settings)
        {
            var value = setting.Kind.Format(setting.Get(defaults));
            table.Append("| `").Append(prefix).Append(setting.Name)
                .Append("` | ").Append(TypeOf(setting.Kind))
                .Append(" | ").Append(value.Length == 0 ? "none" : value)
                .Append(" | ").Append(Allowed(setting.Kind))
                .Append(" | ").Append(Effect(setting))
                .Append(" | ").Append(setting.Live ? "yes" : "no").Append(" |\n");
        }
    }

    private static string Choices()
    {
        var table = new StringBuilder("| Option | Choice | What it means |\n|---|---|---|\n");
        IEnumerable<(string Prefix, Setting Setting)> all =
        [
            .. Settings.Node.Select(static setting => ("Nodes:<name>:", setting)),
            .. Settings.Groups.SelectMany(static group => group.Settings.Select(setting => (group.Name + ":", setting))),
        ];
        foreach (var (prefix, setting) in all.Where(static one => one.Setting.Kind.Names.Count > 0))
        {
            var type = setting.Owner.GetProperty(setting.Name)!.PropertyType;
            foreach (var name in setting.Kind.Names)
            {
                table.Append("| `").Append(prefix).Append(setting.Name).Append("` | `").Append(name).Append("` | ").Append(Docs.OfField(type, name)).Append(" |\n");
            }
        }

        return table.ToString();
    }

    private static string OptionsPerCall()
    {
        var table = new StringBuilder("| Option | What it does |\n|---|---|\n");
        foreach (var type in PerCall)
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(static property => property.CanWrite))
            {
                table.Append("| `").Append(type.Name).Append('.').Append(property.Name).Append("` | ").Append(Docs.OfProperty(type, property.Name)).Append(" |\n");
            }
        }

        return table.ToString();
    }

    private static string TypeOf(SettingKind kind) => kind switch
    {
        TextKind => "text",
        WholeNumberKind => "whole number",
        FlagKind => "flag",
        DurationKind => "duration",
        { Names.Count: > 0 } => "choice",
        _ => throw new ArgumentException($"{kind.GetType()} has no word.", nameof(kind)),
    };

    private static string Allowed(SettingKind kind) =>
        kind is TextKind ? "any" : kind.Allowed.Replace("allowed is ", "", StringComparison.Ordinal).Replace("allowed are ", "", StringComparison.Ordinal)
            .Replace("a duration ([d.]hh:mm:ss) ", "", StringComparison.Ordinal).Replace("a whole number ", "", StringComparison.Ordinal);

    // Default, range and liveness have columns of their own.
    private static string Effect(Setting setting)
    {
        var sentences = Docs.OfProperty(setting.Owner, setting.Name).TrimEnd('.').Split(". ")
            .Where(static sentence => !sentence.StartsWith("Default", StringComparison.Ordinal) && !sentence.StartsWith("Live", StringComparison.Ordinal));
        return string.Join(". ", sentences) + ".";
    }
}
