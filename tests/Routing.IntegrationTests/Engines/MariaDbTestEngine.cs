using Routing.Configuration;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Engines;

internal sealed class MariaDbTestEngine : TestEngine
{
    public override string RequiringMode => "Required";

    public override int BytesBeforeTls => 36;

    public override bool TellsAuthorityFromHost => MariaDbDriver.Factory.GetType().Assembly.GetName().Name != "MySql.Data";

    public override string ConnectionId => "select connection_id()";

    // Not @@port: a text with a variable of the server is not taken for a read.
    public override string Port => "select variable_value from information_schema.global_variables where variable_name = 'port'";

    public override string IsEncrypted => "select variable_value <> '' from information_schema.session_status where variable_name = 'Ssl_cipher'";

    public override async Task<LocalCluster> SharedAsync() => await SharedMariaDb.GetAsync();

    public override async Task<LocalCluster> StartAsync(
        int replicas, Dictionary<string, string>? settings = null, Func<string, IReadOnlyDictionary<string, string>>? files = null) =>
        await MariaDbCluster.StartAsync(new MariaDbClusterOptions { Replicas = replicas, Settings = settings ?? [], Files = files });

    public override RoutedHost Route(
        IEnumerable<string> connectionStrings, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool health = true, bool log = true) =>
        RoutedHost.OnMySql(connectionStrings, settings, configure, health, log);

    public override string Sleeping(double seconds, string what) => $"select {what} from (select sleep({Text(seconds)})) as slept";

    public override Dictionary<string, string> TlsSettings(string certificate, string key) =>
        new(StringComparer.Ordinal) { ["ssl-cert"] = certificate, ["ssl-key"] = key };

    public override Task ReloadTlsAsync(LocalNode node) => node.ExecuteAsAdminAsync("flush ssl");

    // MySql.Data checks no host where the authority comes from a file, so the machine must trust it: see MachineAuthority.
    public override string Trusting(string file) => "";
}
