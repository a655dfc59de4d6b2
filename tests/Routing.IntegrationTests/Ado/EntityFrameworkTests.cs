using Microsoft.EntityFrameworkCore;
using Npgsql;
using Routing.Testing;

namespace Routing.IntegrationTests.Ado;

/// <summary>A provider that insists on its own connection type follows the route over the pinned physical connection.</summary>
public sealed class EntityFrameworkTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private RoutedHost _host = null!;

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync("drop table if exists notes; create table notes (id int generated always as identity primary key, text text not null)");
        _host = RoutedHost.OnPostgreSql([database.Primary, .. database.Standbys]);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_context_writes_on_the_primary_and_its_session_sees_it()
    {
        await using var session = _host.Database.OpenSession();
        await using (var pin = await session.PinAsync())
        {
            Assert.Equal("a", pin.Node);
            await using var context = new Notes(pin.PhysicalConnection);
            context.Add(new Note { Text = "written" });
            await context.SaveChangesAsync();
            Assert.Equal("written", (await context.Set<Note>().SingleAsync()).Text);
        }

        Assert.Equal("written", await session.ExecuteScalarAsync<string>("select text from notes"));
        await _host.AllReturnedAsync();
    }

    [Fact]
    public async Task A_context_on_a_read_pin_reads_on_a_standby_and_cannot_write()
    {
        await using var session = _host.Database.OpenSession();
        await using var pin = await session.PinAsync(Intent.Read);
        await using var context = new Notes(pin.PhysicalConnection);

        Assert.NotEqual("a", pin.Node);
        Assert.True(await context.Database.SqlQueryRaw<bool>("select pg_is_in_recovery() as \"Value\"").SingleAsync());
        context.Add(new Note { Text = "refused" });
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        Assert.Equal("25006", Assert.IsType<PostgresException>(error.InnerException).SqlState);
    }

    [Fact]
    public async Task A_context_inside_a_transaction_of_the_session_is_part_of_it()
    {
        await using var session = _host.Database.OpenSession();
        await using (var transaction = await session.BeginTransactionAsync())
        await using (var pin = await session.PinAsync())
        {
            await using var context = new Notes(pin.PhysicalConnection);
            context.Add(new Note { Text = "rolled back" });
            await context.SaveChangesAsync();
            Assert.Equal(1, await transaction.ExecuteScalarAsync<long>("select count(*) from notes where text = 'rolled back'"));
            await transaction.RollbackAsync();
        }

        Assert.Equal(0, await session.ExecuteScalarAsync<long>("select count(*) from notes where text = 'rolled back'"));
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";
    }

    private sealed class Notes(System.Data.Common.DbConnection connection) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(connection);

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Note>(note =>
        {
            note.ToTable("notes");
            note.Property(n => n.Id).HasColumnName("id");
            note.Property(n => n.Text).HasColumnName("text");
        });
    }
}
