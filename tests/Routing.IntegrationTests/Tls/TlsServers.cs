using Routing.IntegrationTests.Engines;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Tls;

/// <summary>
/// Servers with certificates: <c>a</c>, the primary, with one that is right, its replicas <c>b</c> with one that has ended, <c>c</c> with
/// one of another host, <c>d</c> with one of an authority that nobody trusts.
/// </summary>
public abstract class TlsServers(TestEngine engine) : IAsyncLifetime
{
    private const string Certificate = "server.pem";
    private const string Key = "server.key";
    private const string Address = "127.0.0.1";

    // For as long as the process, as the other one.
    private static readonly TestAuthority Stranger = new("A stranger");

    private LocalCluster? _cluster;

    public TestEngine Engine => engine;

    public LocalCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster is not started yet.");

    public string Database { get; private set; } = "";

    public async Task InitializeAsync()
    {
        _cluster = await engine.StartAsync(3, engine.TlsSettings(Certificate, Key), FilesOf);
        Database = await _cluster.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>How an application would reach a node.</summary>
    public string ConnectionString(LocalNode node, string mode) => With(node.ConnectionString(Database), mode);

    public string With(string connectionString, string mode) =>
        $"{connectionString};SSL Mode={mode}{(mode.StartsWith("Verify", StringComparison.Ordinal) ? engine.Trusting(MachineAuthority.File) : "")}";

    /// <summary>Gives a node the certificate of another, and makes the server show it.</summary>
    public async Task ShowAsync(LocalNode node, string certificateOf)
    {
        foreach (var (name, text) in FilesOf(certificateOf))
        {
            await node.WriteFileAsync(name, text);
        }

        await engine.ReloadTlsAsync(node);
    }

    private Dictionary<string, string> FilesOf(string node)
    {
        var (certificate, key) = node switch
        {
            "a" => MachineAuthority.Authority.Issue(Address),
            "b" => MachineAuthority.Authority.Issue(Address, from: -10, to: -1),
            "c" => MachineAuthority.Authority.Issue("db.example.com"),
            _ => Stranger.Issue(Address),
        };
        return new(StringComparer.Ordinal) { [Certificate] = certificate, [Key] = key };
    }
}

public sealed class PostgreSqlTlsServers() : TlsServers(TestEngine.PostgreSql);

public sealed class MariaDbTlsServers() : TlsServers(TestEngine.MariaDb);
