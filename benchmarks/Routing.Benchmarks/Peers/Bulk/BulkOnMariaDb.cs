using System.Data.Common;
using System.Globalization;
using System.Text;
using Routing.Benchmarks.Databases;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.Benchmarks.Peers.Bulk;

/// <summary>The driver's MySqlBulkLoader by hand: the rows as text, then one LOAD DATA LOCAL of it. Both ends allow that here.</summary>
internal sealed class BulkOnMariaDb : BulkContest
{
    private MariaDbServer? _server;

    public override string NativeLabel => "the driver's MySqlBulkLoader";

    protected override string Table => "create table loaded (id bigint primary key, customer varchar(100) not null, cents bigint not null, at datetime(6) not null)";

    private string ConnectionString => _server!.Primary + ";AllowLoadLocalInfile=true";

    public override async Task LoadNativeAsync(LoadedRow[] rows)
    {
        using var text = new MemoryStream();
        await using (var writer = new StreamWriter(text, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                writer.Write(row.Id);
                writer.Write('\t');
                writer.Write(row.Customer.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
                writer.Write('\t');
                writer.Write(row.Cents);
                writer.Write('\t');
                writer.Write(row.At.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
                writer.Write('\n');
            }
        }

        text.Position = 0;
        await using var connection = Connect();
        await connection.OpenAsync();
        await LoadAsync(connection, text);
    }

    protected override async Task OpenAsync() => _server = await MariaDbServer.StartAsync();

    protected override ValueTask CloseAsync() => _server?.DisposeAsync() ?? default;

    protected override RoutedHost Host() => RoutedHost.OnMySql([ConnectionString], log: false);

    protected override DbConnection Connect() => MariaDbDriver.CreateConnection(ConnectionString);

    private static async Task LoadAsync(DbConnection connection, Stream text)
    {
        // Both drivers have the class; which one this build has, is the build's.
        var type = connection.GetType().Assembly.GetType(connection.GetType().Namespace + ".MySqlBulkLoader", throwOnError: true)!;
        dynamic loader = Activator.CreateInstance(type, connection)!;
        loader.TableName = "loaded";
        loader.Local = true;
        loader.CharacterSet = "utf8mb4";
        loader.FieldTerminator = "\t";
        loader.LineTerminator = "\n";
        loader.EscapeCharacter = '\\';
        loader.Columns.AddRange(new[] { "id", "customer", "cents", "at" });
        if (type.GetProperty("SourceStream") is { } source)
        {
            source.SetValue((object)loader, text);
            await loader.LoadAsync();
        }
        else
        {
            await loader.LoadAsync(text);
        }
    }
}
