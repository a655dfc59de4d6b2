using Routing.Routes;

namespace Routing.IntegrationTests.Docs.Snippets;

internal static class ClusterSnippets
{
    public static async Task AssertRoutes(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region testing-cluster
        // The first statement asks the nodes for their roles.
        await db.ExecuteScalarAsync<int>("select 1", ct: ct);

        var read = db.Explain($"select total from orders where id = {id}");
        Assert.Equal(RouteReason.ReadGoesToReplica, read.Reason);
        Assert.Contains(read.Candidates, candidate => candidate is { Node: "a", Exclusion: Exclusion.NotAReplica });

        var write = db.Explain($"update orders set total = 0 where id = {id}");
        Assert.Equal(("a", RouteReason.WriteGoesToPrimary), (write.Node, write.Reason));
        #endregion
    }

    public static async Task AssertData(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region testing-data
        // What counts is the data: this holds whichever node answers.
        await db.ExecuteAsync($"update orders set total = 42 where id = {id}", ct);
        Assert.Equal(42, await db.ExecuteScalarAsync<long>($"select total from orders where id = {id}", ct));
        #endregion
    }
}
