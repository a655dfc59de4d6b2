using System.Collections.Immutable;
using System.Globalization;

namespace Routing.Testing.Telemetry;

/// <summary>A span as a backend gets it.</summary>
/// <param name="Source">The name of its source.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind: <c>Client</c>, <c>Internal</c>, ...</param>
/// <param name="TraceId">Its trace, in hexadecimal.</param>
/// <param name="SpanId">Itself, in hexadecimal.</param>
/// <param name="ParentId">Its parent, in hexadecimal; empty for none.</param>
/// <param name="Status"><c>Unset</c>, <c>Ok</c> or <c>Error</c>.</param>
/// <param name="StatusText">What the status says in words; empty for nothing.</param>
/// <param name="Duration">From start to end.</param>
/// <param name="Attributes">Its attributes.</param>
public sealed record ExportedSpan(
    string Source,
    string Name,
    string Kind,
    string TraceId,
    string SpanId,
    string ParentId,
    string Status,
    string StatusText,
    TimeSpan Duration,
    ImmutableSortedDictionary<string, object?> Attributes)
{
    /// <summary>An attribute as a text; null when it is not there.</summary>
    /// <param name="attribute">Its name.</param>
    public string? this[string attribute] => Convert.ToString(Attributes.GetValueOrDefault(attribute), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}

/// <summary>One series of a histogram as a backend gets it.</summary>
/// <param name="Meter">The name of its meter.</param>
/// <param name="Name">The metric's name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Count">How often something was recorded.</param>
/// <param name="Sum">All of it together.</param>
/// <param name="Bounds">The upper bounds of its buckets, without infinity.</param>
/// <param name="Attributes">The series' attributes.</param>
public sealed record ExportedHistogram(
    string Meter,
    string Name,
    string Unit,
    long Count,
    double Sum,
    ImmutableArray<double> Bounds,
    ImmutableSortedDictionary<string, object?> Attributes)
{
    /// <summary>An attribute as a text; null when it is not there.</summary>
    /// <param name="attribute">Its name.</param>
    public string? this[string attribute] => Convert.ToString(Attributes.GetValueOrDefault(attribute), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}
