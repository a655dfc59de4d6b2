namespace Routing.UnitTests.Telemetry;

/// <summary>Who listens to telemetry hears the whole process, so these tests have it to themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryCollection
{
    public const string Name = "Telemetry";
}
