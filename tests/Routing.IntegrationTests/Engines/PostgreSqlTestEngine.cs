using Routing.Configuration;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Engines;

internal sealed class PostgreSqlTestEngine : TestEngine
{
    public override string RequiringMode => "Require";

    public override int BytesBeforeTls => 8;

    public override bool TellsAuthorityFromHost => true;

    public override string ConnectionId => "select pg_backend_pid()";

    public override string Port => RoutedHostExtensions.Port;

    public override string IsEncrypted => "select ssl::int from pg_stat_ssl where pid = pg_backend_pid()";

    public override async Task<LocalCluster> SharedAsync() => await SharedPostgreSql.GetAsync();

    public override async Task<LocalCluster> StartAsync(
        int replicas, Dictionary<string, string>? settings = null, Func<string, IReadOnlyDictionary<string, string>>? files = null) =>
        await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = replicas, Settings = settings ?? [], Files = files });

    public override RoutedHost Route(
        IEnumerable<string> connectionStrings, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool health = true, bool log = true) =>
        RoutedHost.OnPostgreSql(connectionStrings, settings, configure, health, log);

    public override string Sleeping(double seconds, string what) => $"select {what} from pg_sleep({Text(seconds)})";

    public override Dictionary<string, string> TlsSettings(string certificate, string key) =>
        new(StringComparer.Ordinal) { ["ssl"] = "on", ["ssl_cert_file"] = certificate, ["ssl_key_file"] = key };

    public override Task ReloadTlsAsync(LocalNode node) => node.ExecuteAsAdminAsync("select pg_reload_conf()");

    public override string Trusting(string file) => $";Root Certificate={file}";
}
