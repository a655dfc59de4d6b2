using System.Globalization;

namespace Routing.Primitives;

/// <summary>Durations as error texts write them: short, invariant, unit last (<c>12 ms</c>, <c>1.5 s</c>, <c>2 min 5 s</c>).</summary>
internal static class Durations
{
    public static string Format(TimeSpan duration) => Format((long)duration.TotalMilliseconds);

    public static string Format(long milliseconds) => milliseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, milliseconds)} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 100 / 10d:0.#} s"),
        < 3_600_000 => Two(milliseconds / 60_000, "min", milliseconds / 1000 % 60, "s"),
        _ => Two(milliseconds / 3_600_000, "h", milliseconds / 60_000 % 60, "min"),
    };

    private static string Two(long large, string largeUnit, long small, string smallUnit) => small == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit}")
        : string.Create(CultureInfo.InvariantCulture, $"{large} {largeUnit} {small} {smallUnit}");
}
