using Microsoft.Extensions.Configuration;

namespace Routing.Configuration;

/// <summary>Where the options come from.</summary>
/// <param name="Path">The section's path, which errors begin with.</param>
/// <param name="Section">The section; null when everything is set in code.</param>
internal sealed record ConfigurationSource(string Path, IConfigurationSection? Section)
{
    /// <summary>The path that errors show when there is no section.</summary>
    public const string DefaultPath = "Routing";
}
