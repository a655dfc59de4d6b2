using System.Reflection;
using System.Text;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Api;

/// <summary>
/// The public API of each package is a committed file. A change shows as a difference; run the tests with
/// ROUTING_UPDATE_SNAPSHOTS=1 to accept it.
/// </summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Routing.Core")]
    [InlineData("Routing.Health")]
    [InlineData("Routing.OpenTelemetry")]
    [InlineData("Routing.Providers.PostgreSql")]
    [InlineData("Routing.Providers.SqlServer")]
    [InlineData("Routing.Providers.Sqlite")]
    public void Public_api_is_the_committed_one(string assembly)
    {
        var file = Path.Combine(Repository.Root, "tests/Routing.UnitTests/Api", assembly + ".txt");
        var now = PublicApi.Describe(Assembly.Load(assembly));
        if (Environment.GetEnvironmentVariable("ROUTING_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, now);
        }

        Assert.True(File.Exists(file), $"{file} is missing; run the tests with ROUTING_UPDATE_SNAPSHOTS=1 to write it.");
        Assert.Equal(File.ReadAllText(file), now);
    }
}
