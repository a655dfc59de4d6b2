using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Routing.Configuration;

/// <summary>
/// Writes the JSON Schema (draft-07, the one editors know best) of an appsettings file with a <c>Routing</c> section.
/// Descriptions are the XML documentation of the options, so that there is one text to keep right; they are read from the
/// documentation file beside the assembly.
/// </summary>
internal static class RoutingSchema
{
    private const string NamePattern = "^[A-Za-z0-9._-]{1,64}$";

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema, indented, with a line break at its end.</summary>
    /// <exception cref="FileNotFoundException">The documentation file is not beside the assembly.</exception>
    public static string Generate()
    {
        var docs = new XmlDocumentation(XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Routing.Core.xml")));
        return Root(docs).ToJsonString(Format) + "\n";
    }

    private static JsonObject Root(XmlDocumentation docs)
    {
        var definitions = new JsonObject
        {
            ["dataSource"] = DataSource(docs),
            ["node"] = Node(docs),
        };
        foreach (var group in Settings.Groups)
        {
            var properties = Properties(docs, group.Settings, group.Get(new DataSourceOptions())!);
            AddGroups(properties, group.Name);
            definitions[DefinitionOf(group)] = Closed(docs.OfType(group.Type), properties);
        }

        var dataSources = Map(docs.OfProperty(typeof(RoutingOptions), Settings.DataSources), "dataSource");
        var routing = Closed("Routing: data sources, their nodes and how they are used.", WithProcess(docs, dataSources));
        routing["required"] = new JsonArray(Settings.DataSources);
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "appsettings.json with a Routing section",
            ["type"] = "object",
            ["properties"] = new JsonObject { [ConfigurationSource.DefaultPath] = routing },
            ["definitions"] = definitions,
        };
    }

    private static JsonObject WithProcess(XmlDocumentation docs, JsonObject dataSources)
    {
        var properties = Properties(docs, Settings.Process, new RoutingOptions());
        properties[Settings.DataSources] = dataSources;
        return properties;
    }

    private static JsonObject DataSource(XmlDocumentation docs)
    {
        var properties = Properties(docs, Settings.DataSource, new DataSourceOptions());
        properties[Settings.Nodes] = Map(docs.OfProperty(typeof(DataSourceOptions), Settings.Nodes), "node");
        AddGroups(properties, "");

        // Not required here: an environment's own file may complete the base file.
        return Closed(docs.OfType(typeof(DataSourceOptions)), properties);
    }

    private static void AddGroups(JsonObject properties, string name)
    {
        foreach (var group in Settings.GroupsIn(name))
        {
            properties[group.Key] = Reference(DefinitionOf(group));
        }
    }

    private static JsonObject Node(XmlDocumentation docs)
    {
        var node = Closed(docs.OfType(typeof(NodeOptions)), Properties(docs, Settings.Node, new NodeOptions()));
        string[] connectionStrings = [nameof(NodeOptions.ConnectionString), nameof(NodeOptions.ConnectionStringName), nameof(NodeOptions.ConnectionStringVariable)];

        // At most one: a base file may leave it to an environment's file.
        node["not"] = new JsonObject
        {
            ["anyOf"] = new JsonArray(
                Required(connectionStrings[0], connectionStrings[1]),
                Required(connectionStrings[0], connectionStrings[2]),
                Required(connectionStrings[1], connectionStrings[2])),
        };
        return node;
    }

    private static JsonObject Properties(XmlDocumentation docs, IReadOnlyList<Setting> settings, object defaults)
    {
        var properties = new JsonObject();
        foreach (var setting in settings)
        {
            var schema = setting.Kind.ToSchema();
            schema.Insert(0, "description", docs.OfProperty(setting.Owner, setting.Name));
            if (setting.Kind.ToJson(setting.Get(defaults)) is { } value)
            {
                schema["default"] = value;
            }

            properties[setting.Name] = schema;
        }

        return properties;
    }

    private static JsonObject Closed(string description, JsonObject properties) => new()
    {
        ["description"] = description,
        ["type"] = "object",
        ["properties"] = properties,
        ["additionalProperties"] = false,
    };

    private static JsonObject Map(string description, string definition) => new()
    {
        ["description"] = description,
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = NamePattern },
        ["additionalProperties"] = Reference(definition),
        ["minProperties"] = 1,
    };

    private static JsonObject Reference(string definition) => new() { ["$ref"] = "#/definitions/" + definition };

    private static JsonObject Required(string left, string right) => new() { ["required"] = new JsonArray(left, right) };

    private static string DefinitionOf(SettingGroup group) => char.ToLowerInvariant(group.Key[0]) + group.Key[1..];
}
