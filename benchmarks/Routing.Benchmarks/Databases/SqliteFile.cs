using Dapper;
using Microsoft.Data.Sqlite;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Databases;

/// <summary>
/// A SQLite file of its own with the tables of the everyday work, in WAL mode, as Routing sets it: the mode belongs to
/// the file, so every peer has it too. It is in memory where the system has a place for that: waiting for a disk would
/// drown everything else that a write costs, and vary more than that.
/// </summary>
internal sealed class SqliteFile : IAsyncDisposable
{
    private const string Fill = """
        pragma journal_mode = wal;
        create table payments (id integer primary key, order_id bigint not null, cents bigint not null);
        with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < @count)
        insert into orders (id, customer, total_cents) select i, 'customer ' || (i % 977), (i * 37) % 100000 from numbers
        """;

    private const string MemoryFiles = "/dev/shm";

    private readonly string _directory;

    private SqliteFile(string directory) => _directory = directory;

    public string ConnectionString => "Data Source=" + Path.Combine(_directory, "orders.db");

    private static string Parent => Directory.Exists(MemoryFiles) ? MemoryFiles : Path.GetTempPath();

    public static async Task<SqliteFile> CreateAsync()
    {
        var file = new SqliteFile(Directory.CreateDirectory(Path.Combine(Parent, "routing-figures-" + Guid.NewGuid().ToString("N"))).FullName);
        try
        {
            await using var connection = new SqliteConnection(file.ConnectionString);
            await connection.ExecuteAsync(OrderRow.Table);
            await connection.ExecuteAsync(Fill, new { count = OrderRow.Count });
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        // What the peers left in the driver's own pool keeps the file open.
        using (var connection = new SqliteConnection(ConnectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        Directory.Delete(_directory, recursive: true);
        return default;
    }
}
