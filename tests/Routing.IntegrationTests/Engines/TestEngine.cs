using System.Data.Common;
using System.Globalization;
using Routing.Configuration;
using Routing.LocalServers;
using Routing.Testing;

namespace Routing.IntegrationTests.Engines;

/// <summary>What a test that is the same on every engine with servers must know of one. Immutable; thread-safe.</summary>
public abstract class TestEngine
{
    public static TestEngine PostgreSql { get; } = new PostgreSqlTestEngine();

    public static TestEngine MariaDb { get; } = new MariaDbTestEngine();

    /// <summary>The driver's <c>SSL Mode</c> with TLS and without checks of the certificate.</summary>
    public abstract string RequiringMode { get; }

    /// <summary>How many bytes a client sends before the handshake of TLS.</summary>
    public abstract int BytesBeforeTls { get; }

    /// <summary>Whether <c>SSL Mode=VerifyCA</c> lets another host pass.</summary>
    public abstract bool TellsAuthorityFromHost { get; }

    /// <summary>A read of the connection's number at the server.</summary>
    public abstract string ConnectionId { get; }

    /// <summary>A read of the port of the node it runs on, as text.</summary>
    public abstract string Port { get; }

    /// <summary>Whether the connection is encrypted, as the server says; 1 or 0.</summary>
    public abstract string IsEncrypted { get; }

    /// <summary>The cluster that all tests share, with all its nodes in order.</summary>
    public abstract Task<LocalCluster> SharedAsync();

    /// <summary>A cluster of a test's own.</summary>
    /// <param name="replicas">Besides the primary.</param>
    /// <param name="settings">See <see cref="LocalClusterOptions.Settings"/>.</param>
    /// <param name="files">See <see cref="LocalClusterOptions.Files"/>.</param>
    public abstract Task<LocalCluster> StartAsync(
        int replicas, Dictionary<string, string>? settings = null, Func<string, IReadOnlyDictionary<string, string>>? files = null);

    /// <summary>See <see cref="RoutedHost"/>.</summary>
    public abstract RoutedHost Route(
        IEnumerable<string> connectionStrings, Dictionary<string, string>? settings = null, Action<DataSourceOptions>? configure = null, bool health = true, bool log = true);

    /// <summary>A read that takes so long, and says <paramref name="what"/>.</summary>
    public abstract string Sleeping(double seconds, string what);

    /// <summary>The settings of a server that shows a certificate.</summary>
    public abstract Dictionary<string, string> TlsSettings(string certificate, string key);

    /// <summary>Makes a server read its certificate again.</summary>
    public abstract Task ReloadTlsAsync(LocalNode node);

    /// <summary>What a connection string says so that one authority alone is trusted, where that needs saying.</summary>
    public abstract string Trusting(string file);

    /// <summary>A read that takes so long, and says the connection's number.</summary>
    public string ConnectionIdAfter(double seconds) => Sleeping(seconds, ConnectionId["select ".Length..]);

    public override string ToString() => GetType().Name;

    /// <summary>The same connection string to another port of this machine.</summary>
    public static string At(string connectionString, int port) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString, ["Port"] = port }.ConnectionString;

    protected static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
