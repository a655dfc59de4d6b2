using System.Globalization;

namespace Routing.Benchmarks.Reports;

/// <summary>How a report writes numbers: the same on every machine.</summary>
internal static class Words
{
    public static string Of(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>With one decimal at most.</summary>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>With two decimals.</summary>
    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A time in the unit that suits it, with three digits.</summary>
    public static string Time(double nanoseconds) => nanoseconds switch
    {
        >= 1e6 => ThreeDigits(nanoseconds / 1e6) + " ms",
        >= 1e3 => ThreeDigits(nanoseconds / 1e3) + " µs",
        _ => ThreeDigits(nanoseconds) + " ns",
    };

    /// <summary>Bytes, from ten thousand on as KiB.</summary>
    public static string Bytes(double bytes) => Math.Abs(bytes) >= 10_000 ? ThreeDigits(bytes / 1024) + " KiB" : bytes.ToString("0", CultureInfo.InvariantCulture) + " B";

    private static string ThreeDigits(double value) => value.ToString(
        Math.Abs(value) switch
        {
            >= 100 => "0",
            >= 10 => "0.0",
            _ => "0.00",
        },
        CultureInfo.InvariantCulture);
}
