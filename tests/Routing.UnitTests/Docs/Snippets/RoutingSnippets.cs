namespace Routing.UnitTests.Docs.Snippets;

internal static class RoutingSnippets
{
    public static async Task Intents(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region routing-intent
        // Asked, not sent.
        Console.WriteLine(db.Explain($"select total_of({id})"));

        // A function of one's own: the caller knows that it only reads.
        var reading = new StatementOptions { Intent = Intent.Read };
        var total = await db.QuerySingleAsync<decimal>($"select total_of({id})", reading, ct);

        // A read that must be served by the primary.
        var writing = new StatementOptions { Intent = Intent.Write };
        var now = await db.QuerySingleAsync<decimal>($"select total from orders where id = {id}", writing, ct);
        #endregion
        _ = (total, now);
    }
}
