using System.Diagnostics.CodeAnalysis;

namespace Routing.Diagnostics;

/// <summary>Whether telemetry is there at all.</summary>
internal static class Telemetry
{
    public const string Switch = "Routing.Telemetry.IsSupported";

    /// <summary>The library's version, which spans and metrics carry as that of their source.</summary>
    public static readonly string? Version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);

    /// <summary>
    /// False when the process was started with the switch off: then nothing is traced or measured per statement, whoever
    /// listens. Read once, so that the JIT, or the trimmer, takes the code behind it out. Default true.
    /// </summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsSupported { get; } = !AppContext.TryGetSwitch(Switch, out var isSupported) || isSupported;
}
