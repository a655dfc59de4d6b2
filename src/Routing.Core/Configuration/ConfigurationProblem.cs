using System.Text;
using Routing.Diagnostics;

namespace Routing.Configuration;

/// <summary>One thing wrong with the configuration.</summary>
/// <param name="Path">The full configuration path, e.g. <c>Routing:DataSources:orders:Pool:MaxSize</c>.</param>
/// <param name="Text">What was found; what is allowed. Never a secret.</param>
internal sealed record ConfigurationProblem(string Path, string Text)
{
    /// <summary>The path; of a name that may be a connection string, pasted where its node's name belongs, nothing is shown.</summary>
    public string Path { get; } = Secrets.MayBeIn(Path) ? string.Join(':', Path.Split(':').Select(ShownName)) : Path;

    public ConfigurationProblem(string path, string found, string allowed)
        : this(path, found + "; " + allowed)
    {
    }

    /// <summary>All problems as one message, sorted by path so that the same mistakes always read the same.</summary>
    public static string Describe(IEnumerable<ConfigurationProblem> problems)
    {
        var sorted = problems.Distinct().OrderBy(static p => p.Path, StringComparer.Ordinal).ThenBy(static p => p.Text, StringComparer.Ordinal).ToList();
        var text = new StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"The Routing configuration has {sorted.Count} problem(s):");
        foreach (var problem in sorted)
        {
            text.Append("\n- ").Append(problem.Path).Append(": ").Append(problem.Text.TrimEnd('.')).Append('.');
        }

        return text.ToString();
    }

    /// <summary>
    /// A found value as errors show it. Whatever looks like a connection string, or is too long to be a name or a number,
    /// is not shown: people paste secrets under the wrong key.
    /// </summary>
    public static string Quote(string value) => Secrets.MayBeIn(value) ? "a text that is not shown here" : '"' + value + '"';

    private static string ShownName(string name) => Secrets.MayBeIn(name) ? "(a name that is not shown here)" : name;
}
