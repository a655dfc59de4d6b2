using System.Diagnostics.CodeAnalysis;

namespace Routing.Diagnostics;

/// <summary>Whether telemetry is there at all.</summary>
internal static class Telemetry
{
    public const string Switch = "Routing.Telemetry.IsSupported";

    /// <summary>
    /// False when the process was started with the switch off: then nothing is traced or measured per statement, whoever
    /// listens. Read once, so that the JIT, or the trimmer, takes the code behind it out. Default true.
    /// </summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsSupported { get; } = !AppContext.TryGetSwitch(Switch, out var isSupported) || isSupported;
}
