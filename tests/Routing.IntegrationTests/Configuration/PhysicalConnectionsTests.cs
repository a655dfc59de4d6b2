using Npgsql;
using Routing.Configuration;
using Routing.Testing;

namespace Routing.IntegrationTests.Configuration;

/// <summary>What is set up in code reaches the real connections: credentials, the open hook, the driver's own builder.</summary>
public sealed class PhysicalConnectionsTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task A_rotated_password_is_asked_for_once_more_and_the_statement_runs()
    {
        var role = $"rotating_{database.Name}";
        await database.Cluster.Primary.ExecuteAsAdminAsync($"create role {role} login password 'first'");
        await database.Cluster.WaitUntilReplicatedAsync();
        var vault = new Vault { Password = "first" };
        await using var host = RoutedHost.OnPostgreSql([WithoutCredentials(database.Primary)], configure: options => options.CredentialProvider = vault, health: false);
        vault.User = role;
        Assert.Equal(role, await host.Database.ExecuteScalarAsync<string>("select current_user::text"));
        var before = vault.Calls;

        await database.Cluster.Primary.ExecuteAsAdminAsync($"alter role {role} password 'second'");
        vault.Password = "second";
        await host.Database.ExecuteScalarAsync<int>("select 1");
        Assert.Equal(before, vault.Calls);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Database.ExecuteScalarAsync<object>("select pg_sleep(0.2)").AsTask()));
        Assert.Equal(before + 1, vault.Calls);
        await host.DisposeAsync();
        await database.Cluster.Primary.ExecuteAsAdminAsync($"drop role {role}");
    }

    [Fact]
    public async Task A_wrong_password_is_an_error_that_shows_no_secret_and_asks_the_provider_twice_only()
    {
        var vault = new Vault { User = "app", Password = "hunter2" };
        await using var host = RoutedHost.OnPostgreSql([WithoutCredentials(database.Primary)], configure: options => options.CredentialProvider = vault, health: false);

        var error = await Assert.ThrowsAsync<NodeUnavailableException>(() => host.Database.ExecuteScalarAsync<int>("select 1").AsTask());

        Assert.Contains("28P01: password authentication failed for user \"app\"", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.All(host.Logs.Events, e => Assert.DoesNotContain("hunter2", e.ToString() + e.Exception, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_connection_strings_password_appears_in_no_error_log_or_property()
    {
        var wrong = new NpgsqlConnectionStringBuilder(database.Primary) { Password = "hunter2" }.ConnectionString;
        await using var host = RoutedHost.OnPostgreSql([wrong, database.Standbys[0]], new() { ["Reads:WhenNoReplica"] = "Fail" });
        var error = await Record.ExceptionAsync(() => host.Database.ExecuteAsync("create table never (id int)").AsTask());

        Assert.DoesNotContain("hunter2", error!.ToString(), StringComparison.Ordinal);
        Assert.All(host.Logs.Events, e => Assert.DoesNotContain("hunter2", e.ToString() + e.Exception, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", host.Database.DataSource.ConnectionString, StringComparison.Ordinal);
        await using var connection = await host.Database.DataSource.OpenConnectionAsync();
        Assert.DoesNotContain("assword", connection.ConnectionString, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_open_hook_runs_on_every_connection_and_what_it_sets_survives_the_reset()
    {
        var opened = 0;
        await using var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "2" }, options =>
            options.OnPhysicalOpen = async (connection, ct) =>
            {
                Interlocked.Increment(ref opened);
                await using var command = connection.CreateCommand();
                command.CommandText = "set application_name = 'hooked'";
                await command.ExecuteNonQueryAsync(ct);
            });
        for (var i = 0; i < 5; i++)
        {
            await using var session = host.Database.OpenSession();
            Assert.Equal("hooked", await session.ExecuteScalarAsync<string>("select current_setting('application_name')"));
            await session.ExecuteAsync("set application_name = 'left behind'");
        }

        Assert.True(opened >= 1);
    }

    [Fact]
    public async Task The_drivers_builder_configures_every_connection()
    {
        await database.ExecuteAsync("drop type if exists mood; create type mood as enum ('happy', 'sad')");
        await using var host = RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys], configure: options => options.UseNpgsql(npgsql => npgsql.MapEnum<Mood>("mood")));
        await using var connection = await host.Database.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select @mood, pg_is_in_recovery()";
        command.Parameters.Add(new NpgsqlParameter("mood", Mood.Sad));

        await using var reader = await command.ExecuteReaderAsync();

        Assert.True(await reader.ReadAsync());
        Assert.Equal(Mood.Sad, reader.GetFieldValue<Mood>(0));
        Assert.True(reader.GetBoolean(1));
    }

    private static string WithoutCredentials(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.Remove("Username");
        builder.Remove("Password");
        return builder.ConnectionString;
    }

    private enum Mood
    {
        Happy,
        Sad,
    }

    private sealed class Vault : ICredentialProvider
    {
        private int _calls;

        public string User { get; set; } = "app";

        public string Password { get; set; } = "";

        public int Calls => _calls;

        public ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            return new(new NodeCredentials(User, Password));
        }
    }
}
