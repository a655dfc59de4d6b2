using Routing.LocalServers;

namespace Routing.IntegrationTests.Servers;

public sealed class PromotionTests
{
    [Fact]
    public async Task Promoted_standby_leads_the_other_follows_and_the_old_primary_rejoins()
    {
        await using var cluster = await PostgreSqlCluster.StartAsync();
        var (a, b, c) = (cluster.Nodes[0], cluster.Nodes[1], cluster.Nodes[2]);
        await a.ExecuteAsAdminAsync("create table t (id int)");
        await cluster.WaitUntilReplicatedAsync();

        await a.KillAsync();
        await b.PromoteAsync();
        await c.FollowAsync(b);
        await a.RejoinAsync(b);
        await b.ExecuteAsAdminAsync("insert into t values (1)");
        await cluster.WaitUntilReplicatedAsync();

        Assert.Same(b, cluster.Primary);
        Assert.Equal("ac", string.Concat(cluster.Standbys.Select(s => s.Name)));
        Assert.False(await b.IsInRecoveryAsync());
        foreach (var standby in cluster.Standbys)
        {
            Assert.True(await standby.IsInRecoveryAsync());
            Assert.Equal("1", await standby.QueryAsAdminAsync("select count(*) from t"));
        }
    }
}
