using Routing.IntegrationTests.Docs.Snippets;
using Routing.Testing;

namespace Routing.IntegrationTests.Docs;

/// <summary>The assertions that docs/guide/testing-your-service.md shows hold on a cluster.</summary>
public sealed class TestingPageTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Routes_and_data_can_be_asserted_on_a_cluster()
    {
        await database.ExecuteAsync("create table orders (id bigint primary key, total bigint not null); insert into orders values (1, 7)");
        await using var host = RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys]);

        await ClusterSnippets.AssertRoutes(host.Database, 1, CancellationToken.None);
        await ClusterSnippets.AssertData(host.Database, 1, CancellationToken.None);
    }
}
