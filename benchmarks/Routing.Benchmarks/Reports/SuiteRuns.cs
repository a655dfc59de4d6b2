using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Perfolizer.Mathematics.Common;

namespace Routing.Benchmarks.Reports;

/// <summary>Runs suites as short jobs and keeps what a report shows.</summary>
internal static class SuiteRuns
{
    /// <summary>BenchmarkDotNet's defaults, but patient: it builds the whole library once more, which takes long on a busy machine.</summary>
    public static IConfig Config { get; } = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10));

    /// <summary>Every suite.</summary>
    public static IReadOnlyList<Type> All { get; } =
    [
        .. typeof(SuiteRuns).Assembly.GetTypes()
            .Where(static type => !type.IsAbstract && type.GetMethods().Any(static method => method.IsDefined(typeof(BenchmarkAttribute), inherit: true)))
            .OrderBy(static type => type.Name, StringComparer.Ordinal),
    ];

    /// <exception cref="InvalidOperationException">A benchmark did not run to its end; names them.</exception>
    public static IReadOnlyList<SuiteResult> Run(IEnumerable<Type> suites, string artifacts)
    {
        var config = Config.AddJob(Job.ShortRun).WithArtifactsPath(artifacts);
        var reports = BenchmarkRunner.Run([.. suites], config).SelectMany(static summary => summary.Reports).ToList();
        var failed = reports.Where(static report => report.ResultStatistics is null).Select(static report => Name(report.BenchmarkCase)).ToList();
        return failed.Count == 0
            ? [.. reports.Select(ResultOf)]
            : throw new InvalidOperationException($"These benchmarks have no result: {string.Join(", ", failed)}. BenchmarkDotNet's log is above.");
    }

    private static SuiteResult ResultOf(BenchmarkReport report) => new(
        report.BenchmarkCase.Descriptor.Type.Name,
        report.BenchmarkCase.Descriptor.WorkloadMethod.Name,
        report.ResultStatistics!.Mean,
        report.ResultStatistics.GetConfidenceInterval(ConfidenceLevel.L999).Margin,
        report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0,
        report.BenchmarkCase.Descriptor.Baseline);

    private static string Name(BenchmarkCase benchmark) => $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name}";
}
