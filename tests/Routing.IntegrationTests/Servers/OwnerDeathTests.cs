using System.Diagnostics;
using System.Runtime.Versioning;
using Routing.LocalServers;

namespace Routing.IntegrationTests.Servers;

/// <summary>However the process that owns a cluster ends, no server, guard or directory stays.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OwnerDeathTests : IDisposable
{
    private const UnixFileMode Everything = (UnixFileMode)0b111_111_111;

    // Of this test's own, because every start in the usual place, another test's too, ends what dead owners left there.
    private readonly string _parent = Directory.CreateTempSubdirectory("routing-owners-").FullName;

    // Writable for the servers' user, whoever that is.
    public OwnerDeathTests() => File.SetUnixFileMode(_parent, Everything | UnixFileMode.StickyBit);

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task Owner_that_ends_takes_its_servers_with_it()
    {
        using var owner = await ClusterOwner.StartAsync(_parent);

        await owner.EndAsync();

        AssertNothingIsLeft(owner.Cluster);
    }

    [Fact]
    public async Task Guard_ends_the_servers_of_a_killed_owner()
    {
        using var owner = await ClusterOwner.StartAsync(_parent);
        Assert.All(owner.Cluster.Postmasters, p => Assert.True(ProcessState.IsAlive(p)));

        await owner.KillAsync();
        await GuardIsGoneAsync(owner.Cluster);

        AssertNothingIsLeft(owner.Cluster);
    }

    [Fact]
    public async Task Next_start_ends_the_servers_of_an_owner_killed_with_its_guard()
    {
        using var owner = await ClusterOwner.StartAsync(_parent);
        using (var guard = Process.GetProcessById(owner.Cluster.Guard))
        {
            guard.Kill();
        }

        await GuardIsGoneAsync(owner.Cluster);
        await owner.KillAsync();
        Assert.All(owner.Cluster.Postmasters, p => Assert.True(ProcessState.IsAlive(p)));

        await using var next = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = 0, ParentDirectory = _parent });

        AssertNothingIsLeft(owner.Cluster);
    }

    [Fact]
    public async Task Clusters_of_living_owners_are_left_alone()
    {
        using var owner = await ClusterOwner.StartAsync(_parent);

        await PostgreSqlCluster.EndStaleAsync(new PostgreSqlClusterOptions { ParentDirectory = _parent });

        Assert.True(Directory.Exists(owner.Cluster.Directory));
        Assert.All(owner.Cluster.Postmasters, p => Assert.True(ProcessState.IsAlive(p)));
        await owner.EndAsync();
    }

    private static void AssertNothingIsLeft(ClusterOwner.Report cluster)
    {
        Assert.False(Directory.Exists(cluster.Directory), cluster.Directory);
        Assert.DoesNotContain(cluster.Processes, ProcessState.IsAlive);
        Assert.DoesNotContain(cluster.Processes, ProcessState.HasLeftSharedMemory);
        Assert.False(ProcessState.IsAlive(cluster.Guard), "The guard is still there.");
    }

    private static async Task GuardIsGoneAsync(ClusterOwner.Report cluster)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (ProcessState.IsAlive(cluster.Guard))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
    }
}
