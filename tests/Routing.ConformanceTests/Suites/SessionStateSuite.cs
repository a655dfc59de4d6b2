using System.Data.Common;
using Routing.Testing;

namespace Routing.ConformanceTests.Suites;

/// <summary>
/// Whatever one holder sets on a connection is gone for the next: each kind of session state, by each way to set it, with
/// a pool of one connection, so that the next holder would get the very same.
/// </summary>
public abstract class SessionStateSuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    private RoutedHost? _host;

    private IRoutingDatabase One => _host!.Database;

    /// <inheritdoc/>
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _host = Database.Open(new() { ["Pool:MaxSize"] = "1", ["Reads:Prefer"] = "Primary" });
    }

    /// <inheritdoc/>
    public override async Task DisposeAsync()
    {
        await Leases.AllReturnedAsync(One);
        await _host!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory, SyncAndAsync]
    public Task What_a_session_sets_is_gone_for_the_next_holder(Verbs verbs) => NothingIsLeftAsync(async kind =>
    {
        var session = One.OpenSession();
        foreach (var statement in kind.Set)
        {
            await verbs.Execute(session, statement, args: null);
        }

        var seen = await verbs.Scalar<string>(session, kind.Read, args: null);
        await verbs.Dispose(session);
        return seen;
    });

    [Theory, SyncAndAsync]
    public Task What_a_routed_connection_sets_is_gone_for_the_next_holder(Verbs verbs) => NothingIsLeftAsync(async kind =>
    {
        var connection = await One.DataSource.OpenConnectionAsync();
        foreach (var statement in kind.Set)
        {
            await ExecuteAsync(connection, statement, verbs.Async);
        }

        var seen = await ScalarAsync(connection, kind.Read);
        await verbs.Dispose(connection);
        return seen;
    });

    [Fact]
    public Task What_is_set_on_the_physical_connection_is_gone_for_the_next_holder() => NothingIsLeftAsync(async kind =>
    {
        await using var session = One.OpenSession();
        await using var pin = await session.PinAsync();
        foreach (var statement in kind.Set)
        {
            await ExecuteAsync(pin.PhysicalConnection, statement, async: true);
        }

        return await ScalarAsync(pin.PhysicalConnection, kind.Read);
    });

    [Fact]
    public Task What_is_set_in_one_text_with_other_statements_is_gone_for_the_next_holder() => NothingIsLeftAsync(async kind =>
    {
        await using var session = One.OpenSession();
        await session.ExecuteAsync("select 1; " + string.Join("; ", kind.Set));
        return await session.ExecuteScalarAsync<string>(kind.Read);
    });

    [Fact]
    public async Task What_is_set_before_an_error_is_gone_for_the_next_holder()
    {
        await NothingIsLeftAsync(async kind =>
        {
            await using var session = One.OpenSession();
            foreach (var statement in kind.Set)
            {
                await session.ExecuteAsync(statement);
            }

            var seen = await session.ExecuteScalarAsync<string>(kind.Read);
            await Assert.ThrowsAnyAsync<DbException>(async () => await session.QueryAsync<int>("selec 1"));
            return seen;
        });
    }

    private async Task NothingIsLeftAsync(Func<StateKind, Task<string?>> set)
    {
        foreach (var kind in Database.StateKinds)
        {
            var clean = await ReadAsync(kind);
            var seen = await set(kind);
            Assert.True(seen != clean, $"{kind.Name}: '{seen}' shows nothing, so the test proves nothing.");
            var left = await ReadAsync(kind);
            Assert.True(left == clean, $"{kind.Name} reached the next holder: '{left}' instead of '{clean}'.");
        }
    }

    private async Task<string?> ReadAsync(StateKind kind)
    {
        await using var session = One.OpenSession();
        await using var pin = await session.PinAsync();
        return await session.ExecuteScalarAsync<string>(kind.Read);
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, bool async)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        _ = async ? await command.ExecuteNonQueryAsync() : command.ExecuteNonQuery();
    }

    private static async Task<string?> ScalarAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
