namespace Routing.Drivers;

/// <summary>Where a node is, as telemetry names it. Never a secret. Immutable.</summary>
/// <param name="Address">The server's name, address or socket directory; null for none, as for a file.</param>
/// <param name="Port">Its port, when that is not the engine's usual one; null otherwise.</param>
/// <param name="Namespace">The database; null when not known.</param>
public sealed record NodeEndpoint(string? Address, int? Port, string? Namespace)
{
    /// <summary>Nothing is known.</summary>
    public static NodeEndpoint Unknown { get; } = new(null, null, null);
}
