using System.Data.Common;
using Microsoft.Data.Sqlite;
using Routing.Benchmarks.Databases;
using Routing.Testing;

namespace Routing.Benchmarks.Peers.Bulk;

/// <summary>One prepared INSERT in one transaction by hand.</summary>
internal sealed class BulkOnSqlite : BulkContest
{
    private SqliteFile? _file;

    public override string NativeLabel => "one prepared INSERT by hand";

    protected override string Table => "create table loaded (id integer primary key, customer text not null, cents integer not null, at text not null)";

    protected override string Clear => "delete from loaded";

    public override async Task LoadNativeAsync(LoadedRow[] rows)
    {
        await using var connection = new SqliteConnection(_file!.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();
        await using var command = connection.CreateCommand();
        command.CommandText = "insert into loaded (id, customer, cents, at) values (@id, @customer, @cents, @at)";
        var id = command.Parameters.Add("@id", SqliteType.Integer);
        var customer = command.Parameters.Add("@customer", SqliteType.Text);
        var cents = command.Parameters.Add("@cents", SqliteType.Integer);
        var at = command.Parameters.Add("@at", SqliteType.Text);
        foreach (var row in rows)
        {
            id.Value = row.Id;
            customer.Value = row.Customer;
            cents.Value = row.Cents;
            at.Value = row.At;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    protected override async Task OpenAsync() => _file = await SqliteFile.CreateAsync();

    protected override ValueTask CloseAsync() => _file?.DisposeAsync() ?? default;

    protected override RoutedHost Host() => RoutedHost.OnSqlite(_file!.ConnectionString, log: false);

    protected override DbConnection Connect() => new SqliteConnection(_file!.ConnectionString);
}
