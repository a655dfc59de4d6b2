using Routing.IntegrationTests.Servers;

namespace Routing.IntegrationTests;

/// <summary>The test runner does not come this way: it is for tests that need a process they can kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [ClusterOwner.Mode, var parentDirectory])
        {
            await ClusterOwner.RunAsync(parentDirectory);
            return 0;
        }

        await Console.Error.WriteLineAsync("These are tests; run them with dotnet test.");
        return 2;
    }
}
