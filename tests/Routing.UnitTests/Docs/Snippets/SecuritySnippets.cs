using Microsoft.Extensions.Hosting;
using Routing.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Routing.UnitTests.Docs.Snippets;

internal static class SecuritySnippets
{
    public static async Task Injection(IRoutingDatabase db, string input, string sort, CancellationToken ct)
    {
        #region security-injection
        // A hole is a parameter, whatever the input says.
        var found = await db.QueryAsync<Order>($"select id, customer, total, paid from orders where customer = {input}", ct);

        // A name cannot be a parameter. Choose it from a list of your own, and only then paste it.
        var column = sort switch
        {
            "customer" => Sql.Raw("customer"),
            "total" => Sql.Raw("total"),
            _ => Sql.Raw("id"),
        };
        var sorted = await db.QueryAsync<Order>($"select id, customer, total, paid from orders order by {column}", ct);
        #endregion
        _ = (found, sorted);
    }

    public static void Register(HostApplicationBuilder builder, ITokenSource tokenSource)
    {
        #region security-credentials
        builder.Services.AddDatabaseRouting(builder.Configuration.GetSection("Routing"))
            .AddPostgreSql()
            .Configure("shop", options => options.CredentialProvider = new CloudTokens(tokenSource));
        #endregion
    }

    internal interface ITokenSource
    {
        Task<(string Text, DateTimeOffset ExpiresAt)> GetTokenAsync(CancellationToken ct);
    }

    #region security-credentials
    // One object for all nodes and all physical opens, so it must be thread-safe.
    internal sealed class CloudTokens(ITokenSource source) : ICredentialProvider
    {
        public async ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken)
        {
            var token = await source.GetTokenAsync(cancellationToken);

            // A minute early, so that no connection is opened with a token that ends on the way. Null keeps the user name.
            return new NodeCredentials(null, token.Text, token.ExpiresAt.AddMinutes(-1));
        }
    }
    #endregion

    internal sealed record Order(long Id, string Customer, decimal Total, bool Paid);
}
