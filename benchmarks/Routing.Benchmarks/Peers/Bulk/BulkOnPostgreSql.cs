using System.Data.Common;
using Npgsql;
using NpgsqlTypes;
using Routing.Benchmarks.Databases;
using Routing.Testing;

namespace Routing.Benchmarks.Peers.Bulk;

/// <summary>Binary COPY by hand, value by value with its type.</summary>
internal sealed class BulkOnPostgreSql : BulkContest
{
    private PostgreSqlServer? _server;

    public override string NativeLabel => "Npgsql's binary COPY";

    protected override string Table => "create table loaded (id bigint primary key, customer text not null, cents bigint not null, at timestamp not null)";

    public override async Task LoadNativeAsync(LoadedRow[] rows)
    {
        await using var connection = new NpgsqlConnection(_server!.Primary);
        await connection.OpenAsync();
        await using var importer = await connection.BeginBinaryImportAsync("copy loaded (id, customer, cents, at) from stdin (format binary)");
        foreach (var row in rows)
        {
            await importer.StartRowAsync();
            await importer.WriteAsync(row.Id, NpgsqlDbType.Bigint);
            await importer.WriteAsync(row.Customer, NpgsqlDbType.Text);
            await importer.WriteAsync(row.Cents, NpgsqlDbType.Bigint);
            await importer.WriteAsync(row.At, NpgsqlDbType.Timestamp);
        }

        await importer.CompleteAsync();
    }

    protected override async Task OpenAsync() => _server = await PostgreSqlServer.StartAsync(standbys: 0);

    protected override ValueTask CloseAsync() => _server?.DisposeAsync() ?? default;

    protected override RoutedHost Host() => RoutedHost.OnPostgreSql([_server!.Primary], log: false);

    protected override DbConnection Connect() => new NpgsqlConnection(_server!.Primary);
}
