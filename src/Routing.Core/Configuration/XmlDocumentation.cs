using System.Text.RegularExpressions;
using System.Xml.Linq;
using Routing.Diagnostics;

namespace Routing.Configuration;

/// <summary>The summaries of an assembly's documentation file, as plain text.</summary>
internal sealed partial class XmlDocumentation(XDocument file)
{
    private readonly Dictionary<string, XElement> _summaries = file.Descendants("member")
        .Where(static m => m.Element("summary") is not null)
        .ToDictionary(static m => (string)m.Attribute("name")!, static m => m.Element("summary")!, StringComparer.Ordinal);

    public string OfType(Type type) => Text("T:" + type.FullName);

    public string OfProperty(Type owner, string property) => Text("P:" + owner.FullName + "." + property);

    public string OfField(Type owner, string field) => Text("F:" + owner.FullName + "." + field);

    private string Text(string member) => _summaries.TryGetValue(member, out var summary)
        ? Spaces().Replace(string.Concat(summary.Nodes().Select(Plain)), " ").Trim()
        : throw CodedErrors.Bug($"{member} has no summary.");

    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => LastName((string?)see.Attribute("cref") ?? ""),
        XElement element => string.Concat(element.Nodes().Select(Plain)),
        _ => "",
    };

    // Enough to recognise the setting: the cref is P:Routing.Configuration.PoolOptions.MaxSize.
    private static string LastName(string cref) => cref[(cref.LastIndexOf('.') + 1)..];

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
