using BenchmarkDotNet.Attributes;
using Routing.Benchmarks.Peers;

namespace Routing.Benchmarks.Suites;

/// <summary>A kind of everyday work on a real database, by Routing and by each peer. The baseline is Routing.</summary>
[MemoryDiagnoser]
public abstract class EndToEnd
{
    private Contest _contest = null!;
    private long _n;

    [GlobalSetup]
    public async Task SetUp() => _contest = await StartAsync();

    [GlobalCleanup]
    public async Task CleanUp() => await _contest.DisposeAsync();

    [Benchmark(Baseline = true)]
    public ValueTask Routing() => Work.Once(_contest.Ours, _n++);

    private protected abstract Work Work { get; }

    private protected abstract Task<Contest> StartAsync();

    private protected ValueTask By(int peer) => Work.Once(_contest.Others[peer], _n++);
}
