using Routing.Drivers;
using Routing.Health.Detectors;

namespace Routing.Health.Probes;

/// <summary>What became of one probe.</summary>
/// <param name="Observation">What it says about the node's life.</param>
/// <param name="Result">What the node said; null unless it answered.</param>
/// <param name="Error">Why it did not answer; empty when it did.</param>
internal readonly record struct ProbeAnswer(Observation Observation, ProbeResult? Result, string Error);
