using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>A read-only session changes nothing, by whatever verb its statements come.</summary>
public sealed class ReadOnlySessionTests : IAsyncLifetime
{
    private const string Write = "insert into items (id) values (1) returning id";

    private readonly RoutedHost _host = RoutedHost.OnSqlite("Data Source=:memory:");

    public async Task InitializeAsync() => await _host.Database.ExecuteAsync("create table items (id integer primary key)");

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public Task A_statement_cannot_write() => RefusesAsync(async session => await session.QueryAsync<int>(Write));

    [Fact]
    public Task A_stream_cannot_write() => RefusesAsync(async session =>
    {
        await foreach (var _ in session.StreamAsync<int>(Write))
        {
        }
    });

    [Fact]
    public Task Several_result_sets_cannot_write() => RefusesAsync(async session =>
    {
        await using var sets = await session.QueryMultipleAsync(Write);
        await sets.ReadAsync<int>();
    });

    [Fact]
    public Task A_pinned_statement_cannot_write() => RefusesAsync(async session =>
    {
        await using var pin = await session.PinAsync();
        await session.ExecuteAsync(Write);
    });

    [Fact]
    public Task A_pinned_stream_cannot_write() => RefusesAsync(async session =>
    {
        await using var pin = await session.PinAsync();
        await foreach (var _ in session.StreamAsync<int>(Write))
        {
        }
    });

    [Fact]
    public async Task A_transaction_begun_by_text_is_refused()
    {
        await using var session = _host.Database.OpenSession(new SessionOptions { ReadOnly = true });

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await session.ExecuteAsync("begin"));
        Assert.Equal(
            "'BEGIN' would begin a transaction that may write, but this session is read-only. Use 'BeginTransactionAsync', which begins a read-only one. [RTG0411]",
            refused.Message);
    }

    [Fact]
    public async Task Reads_come_through_by_every_verb()
    {
        await _host.Database.ExecuteAsync("insert into items (id) values (7)");
        await using var session = _host.Database.OpenSession(new SessionOptions { ReadOnly = true });

        var seen = new List<int>();
        await foreach (var id in session.StreamAsync<int>("select id from items"))
        {
            seen.Add(id);
        }

        await using (var sets = await session.QueryMultipleAsync("select id from items; select id + 1 from items"))
        {
            seen.AddRange(await sets.ReadAsync<int>());
            seen.AddRange(await sets.ReadAsync<int>());
        }

        await using (await session.PinAsync())
        {
            seen.AddRange(await session.QueryAsync<int>("select id from items"));
        }

        Assert.Equal([7, 7, 8, 7], seen);

        // What protected the session protects nobody after it.
        Assert.Equal(1, await _host.Database.ExecuteAsync("insert into items (id) values (8)"));
    }

    private async Task RefusesAsync(Func<Session, Task> write)
    {
        await using (var session = _host.Database.OpenSession(new SessionOptions { ReadOnly = true }))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => write(session));
        }

        Assert.Equal(0, await _host.Database.QuerySingleAsync<int>("select count(*) from items"));
    }
}
