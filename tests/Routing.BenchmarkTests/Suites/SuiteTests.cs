using System.Reflection;
using BenchmarkDotNet.Attributes;
using Routing.Benchmarks.Reports;
using Routing.Benchmarks.Suites;

namespace Routing.BenchmarkTests.Suites;

/// <summary>Each suite is set up and each of its benchmarks run once, as BenchmarkDotNet would, so that none rots.</summary>
public sealed class SuiteTests
{
    public static TheoryData<Type> WithoutServer => [.. All.Where(static suite => !NeedsServer(suite))];

    // Their peers are tested one by one; these two stand for the set-up of all.
    public static TheoryData<Type> WithServer => [typeof(PostgreSqlPointRead), typeof(MultiHostInsert)];

    private static IReadOnlyList<Type> All => SuiteRuns.All;

    [Fact]
    public void There_is_a_suite_for_every_step_of_the_line() => Assert.Equal(
        [
            "DriverCommands", "FullLines", "MapperReads", "MultiHostInsert", "MultiHostPointRead", "PoolRents", "PoolWaits", "PostgreSqlInsert", "PostgreSqlList",
            "PostgreSqlPointRead", "PostgreSqlStream", "PostgreSqlTransaction", "RouteChoices", "SqliteInsert", "SqliteList", "SqlitePointRead",
            "SqliteStream", "SqliteTransaction", "StatementLookups", "TopologyReads",
        ],
        All.Select(static suite => suite.Name));

    [Fact]
    public void Every_suite_names_its_baseline_and_counts_bytes() => Assert.All(All, static suite =>
    {
        Assert.NotNull(suite.GetCustomAttribute<MemoryDiagnoserAttribute>(inherit: true));
        Assert.Single(Benchmarks(suite), static benchmark => benchmark.GetCustomAttribute<BenchmarkAttribute>()!.Baseline);
    });

    [Theory]
    [MemberData(nameof(WithoutServer))]
    public Task A_suite_without_a_server_runs(Type suite) => RunAsync(suite);

    [Theory]
    [MemberData(nameof(WithServer))]
    public Task A_suite_with_servers_runs(Type suite) => RunAsync(suite);

    private static bool NeedsServer(Type suite) =>
        suite.IsSubclassOf(typeof(PostgreSqlEndToEnd)) || suite.IsSubclassOf(typeof(MultiHostEndToEnd));

    private static IEnumerable<MethodInfo> Benchmarks(Type suite) => With<BenchmarkAttribute>(suite);

    private static IEnumerable<MethodInfo> With<TAttribute>(Type suite)
        where TAttribute : Attribute =>
        suite.GetMethods().Where(static method => method.IsDefined(typeof(TAttribute), inherit: true));

    private static async Task RunAsync(Type suite)
    {
        var instance = Activator.CreateInstance(suite)!;
        await InvokeAsync(instance, With<GlobalSetupAttribute>(suite));
        try
        {
            await InvokeAsync(instance, Benchmarks(suite));
        }
        finally
        {
            await InvokeAsync(instance, With<GlobalCleanupAttribute>(suite));
        }
    }

    private static async Task InvokeAsync(object instance, IEnumerable<MethodInfo> methods)
    {
        foreach (var method in methods)
        {
            switch (method.Invoke(instance, null))
            {
                case Task task:
                    await task;
                    break;
                case ValueTask task:
                    await task;
                    break;
                case ValueTask<long> task:
                    await task;
                    break;
            }
        }
    }
}
