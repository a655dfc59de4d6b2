using Routing.Diagnostics;

namespace Routing.UnitTests.Docs.Snippets;

internal static class ErrorSnippets
{
    public static async Task<bool> ByCode(IRoutingDatabase db, long id, CancellationToken ct)
    {
        #region errors-code
        try
        {
            return await db.ExecuteAsync($"update orders set paid = true where id = {id}", ct) == 1;
        }
        catch (RoutingException error) when (error.Code is ErrorCodes.PoolExhausted or ErrorCodes.NoPrimary)
        {
            // Nothing was sent. Say "try again later" instead of failing.
            return false;
        }
        #endregion
    }
}
