using Npgsql;
using Routing.Testing;

namespace Routing.IntegrationTests.Servers;

public sealed class SharedDatabaseTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Table_made_through_the_fixture_is_on_every_standby_at_once()
    {
        await database.ExecuteAsync("create table t (id int); insert into t values (1), (2)");

        Assert.Equal(2, database.Standbys.Count);
        foreach (var connectionString in database.Standbys.Prepend(database.Primary))
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("select count(*) from t", connection);
            Assert.Equal(2L, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Databases_differ_and_the_cluster_is_the_same()
    {
        await using var other = await PostgreSqlDatabase.CreateAsync();

        Assert.NotEqual(database.Name, other.Name);
        Assert.Same(database.Cluster, other.Cluster);
    }
}
