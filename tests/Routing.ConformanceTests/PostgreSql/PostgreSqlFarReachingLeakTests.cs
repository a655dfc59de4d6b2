using System.Data.Common;
using Npgsql;
using Routing.Drivers;
using Routing.Sessions;
using Routing.Testing;

namespace Routing.ConformanceTests.PostgreSql;

/// <summary>
/// Definitions that no text shows, so that one of them makes every statement of its database doubtful: they cannot stand
/// beside the others of the state-leak suite, where nothing else would be needed any more. Each has a database of its
/// own, in which the statement is clean by the catalogs before they are defined.
/// </summary>
/// <remarks>Each row was seen to fail with its part of the catalogs left out.</remarks>
public sealed class PostgreSqlFarReachingLeakTests
{
    private const string Functions = """
        create function leave() returns text language plpgsql as $$ begin return set_config('routing.tenant', 'left', false); end $$;
        create function leave_cast(x point) returns int language plpgsql as $$ begin perform leave(); return 1; end $$;
        create function leave_order(x point, y point) returns boolean language plpgsql as $$ begin perform leave(); return true; end $$;
        create function leave_like(x point, y text) returns boolean language plpgsql as $$ begin perform leave(); return true; end $$;
        create table clean_points (id int, place point);
        insert into clean_points values (1, '(1,1)');
        """;

    [Theory]
    [InlineData("create cast (point as int) with function leave_cast(point) as implicit", "select abs(place) from clean_points")]
    [InlineData("create cast (point as int) with function leave_cast(point) as assignment", "insert into clean_points (id) select place from clean_points")]
    [InlineData("create operator >= (leftarg = point, rightarg = point, function = leave_order); create operator <= (leftarg = point, rightarg = point, function = leave_order)", "select * from clean_points where place between place and place")]
    [InlineData("create operator = (leftarg = point, rightarg = point, function = leave_order)", "select * from clean_points where place in ('(1,1)', '(2,2)')")]
    [InlineData("create operator ~~ (leftarg = point, rightarg = text, function = leave_like)", "select * from clean_points where place like 'a'")]
    [InlineData("alter database {0} set standard_conforming_strings = off", "select '\\'' || leave() || '--'")]
    public async Task What_no_text_shows_reaches_nobody(string definition, string statement)
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await database.ExecuteAsync(Functions);
        await using (var before = await OpenAsync(database))
        {
            Assert.Equal(Dirt.None, DirtOf(before, statement));
        }

        await database.Cluster.Primary.ExecuteAsAdminAsync(definition.Replace("{0}", database.Name, StringComparison.Ordinal), database.Name);
        await using (var connection = new NpgsqlConnection(database.Primary + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await RunAsync(connection, statement);
            Assert.Equal("left", await TenantAsync(connection));
        }

        await using var host = await OpenAsync(database);
        await using (var connection = await host.Database.DataSource.OpenConnectionAsync())
        {
            await RunAsync(connection, statement);
        }

        await Leases.AllReturnedAsync(host.Database);
        await using var next = await host.Database.DataSource.OpenConnectionAsync();
        Assert.Equal("", await TenantAsync(next));
    }

    private static async Task<RoutedHost> OpenAsync(PostgreSqlDatabase database)
    {
        var host = RoutedHost.OnPostgreSql([database.Primary], new() { ["Pool:MaxSize"] = "1" }, health: false);
        await Catalogs.KnownAsync(host);
        return host;
    }

    private static Dirt DirtOf(RoutedHost host, string statement)
    {
        var source = ((RoutingDatabase)host.Database).Source;
        return source.Proof.DirtOf(source.Statements.Get(statement), source.Topology.Current.Nodes.First());
    }

    private static async Task RunAsync(DbConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> TenantAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select coalesce(current_setting('routing.tenant', true), '')";
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
