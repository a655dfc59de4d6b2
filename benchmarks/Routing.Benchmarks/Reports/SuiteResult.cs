namespace Routing.Benchmarks.Reports;

/// <summary>One row of a BenchmarkDotNet suite.</summary>
/// <param name="Suite">The class.</param>
/// <param name="Method">The method.</param>
/// <param name="MeanNs">Nanoseconds per call, the mean.</param>
/// <param name="ErrorNs">Half of the 99.9 % confidence interval, in nanoseconds.</param>
/// <param name="Bytes">Bytes allocated per call.</param>
/// <param name="IsBaseline">Whether the suite's ratios are against this row.</param>
internal sealed record SuiteResult(string Suite, string Method, double MeanNs, double ErrorNs, double Bytes, bool IsBaseline);
