using Xunit.Abstractions;

namespace Routing.StressTests.Pools;

/// <summary>The same storms over pools with an adaptive limit, which begins at one and moves with every second of the storm.</summary>
public sealed class AdaptiveStressTests(ITestOutputHelper output) : PoolStressTests(output)
{
    protected override bool IsAdaptive => true;
}
