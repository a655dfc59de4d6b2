using System.Reflection;
using System.Xml.Linq;
using Routing.Configuration;

namespace Routing.UnitTests.Configuration;

public class SettingsTests
{
    private static readonly Type[] Simple = [typeof(string), typeof(int), typeof(bool), typeof(TimeSpan)];

    private static readonly XmlDocumentation Docs = new(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")));

    public static TheoryData<Type> OptionClasses =>
        [
        typeof(RoutingOptions), typeof(DataSourceOptions), typeof(NodeOptions), typeof(PoolOptions), typeof(TimeoutOptions), typeof(ReadOptions),
        typeof(TelemetryOptions), typeof(SlowStatementOptions), typeof(SqlCommentOptions),
    ];

    private static object[] Defaults => [.. All.Select(static s => s.Owner).Distinct().Select(static type => Activator.CreateInstance(type)!)];

    private static IEnumerable<Setting> All => [.. Settings.Process, .. Settings.DataSource, .. Settings.Node, .. Settings.Groups.SelectMany(static g => g.Settings)];

    [Theory]
    [MemberData(nameof(OptionClasses))]
    public void Every_public_setting_is_described(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => Simple.Contains(p.PropertyType) || p.PropertyType.IsEnum)
            .Select(static p => p.Name);

        Assert.Equal(properties.Order(StringComparer.Ordinal), All.Where(s => s.Owner == type).Select(static s => s.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documentation_names_range_default_and_what_is_live()
    {
        var defaults = Defaults;
        foreach (var setting in All)
        {
            var text = Docs.OfProperty(setting.Owner, setting.Name);
            Assert.Contains(setting.Kind.RangeText, text, StringComparison.Ordinal);
            Assert.True(setting.Live == text.Contains("Live", StringComparison.Ordinal), $"{setting.Owner.Name}.{setting.Name} is Live in one of code and documentation only.");
            if (setting.Get(defaults.Single(d => d.GetType() == setting.Owner)) is { } value and not "")
            {
                Assert.Contains("Default " + InWords(value), text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Every_default_is_allowed()
    {
        var defaults = Defaults;

        Assert.All(All, setting => Assert.True(setting.Kind.IsAllowed(setting.Get(defaults.Single(d => d.GetType() == setting.Owner)))));
    }

    [Fact]
    public void Every_value_reads_back_as_it_is_shown()
    {
        foreach (var setting in All.Where(static s => s.Kind is not TextKind))
        {
            object owner = Activator.CreateInstance(setting.Owner)!;
            var value = setting.Get(owner);

            Assert.True(setting.Kind.TryParse(setting.Kind.Format(value), out var read));
            Assert.Equal(value, read);
        }
    }

    private static string InWords(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan { TotalMinutes: >= 1 } duration => $"{duration.TotalMinutes} min",
        TimeSpan duration => $"{duration.TotalSeconds} s",
        _ => value.ToString()!,
    };
}
