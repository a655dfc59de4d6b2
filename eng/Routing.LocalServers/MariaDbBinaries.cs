using System.Globalization;
using System.Text.RegularExpressions;

namespace Routing.LocalServers;

/// <summary>An installed MariaDB: where its programs are and which version it has. Immutable.</summary>
/// <param name="Directory">The directory that holds <c>mariadb-install-db</c>.</param>
/// <param name="Server">The server's program, <c>mariadbd</c>, which packages put elsewhere.</param>
/// <param name="Version">Its version, such as 10.11.</param>
public sealed partial record MariaDbBinaries(string Directory, string Server, Version Version)
{
    /// <summary>The environment variable that names the directory of the programs; it goes before all other places.</summary>
    public const string DirectoryVariable = "ROUTING_MARIADB_BIN";

    /// <summary>The account a package creates for the server; where none did, the one that owns nothing.</summary>
    internal static readonly string[] Accounts = ["mysql", "_mysql", "nobody"];

    private const string Installer = "mariadb-install-db";
    private const string ServerName = "mariadbd";

    private static readonly Version Oldest = new(10, 6);

    // As Debian, Red Hat, Alpine and Homebrew lay them out; not every PATH has the directories for administrators.
    private static readonly string[] Places = ["/usr/bin", "/usr/sbin", "/usr/libexec", "/opt/homebrew/opt/mariadb/bin", "/usr/local/opt/mariadb/bin"];

    /// <summary>Finds an installation: in <paramref name="directory"/> when given, else in the directory the environment names, else in PATH and where packages put it.</summary>
    /// <exception cref="LocalServerException">None is there, or only one that is too old; says what to install.</exception>
    public static async Task<MariaDbBinaries> FindAsync(string? directory = null, CancellationToken cancellationToken = default)
    {
        directory ??= Environment.GetEnvironmentVariable(DirectoryVariable);
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string[] places = string.IsNullOrEmpty(directory)
            ? [.. path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), .. Places]
            : [directory, Path.Combine(directory, "../sbin")];
        var installer = Array.Find(places, place => File.Exists(Path.Combine(place, Installer)));
        var server = Array.Find(places, place => File.Exists(Path.Combine(place, ServerName)));
        if (installer is null || server is null)
        {
            throw new LocalServerException(NotFound(places, ""));
        }

        server = Path.Combine(server, ServerName);
        var version = await VersionAsync(server, cancellationToken).ConfigureAwait(false);
        return version >= Oldest
            ? new MariaDbBinaries(installer, server, version)
            : throw new LocalServerException(NotFound(places, $" Too old: {server} ({version})."));
    }

    private static async Task<Version> VersionAsync(string server, CancellationToken cancellationToken)
    {
        // "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"; asking is allowed to root too.
        var output = await ServerAccount.Current.RunAsync([server, "--no-defaults", "--version"], cancellationToken: cancellationToken).ConfigureAwait(false);
        var match = ServerVersion().Match(output);
        return match.Success ? Version.Parse(match.Groups["version"].Value) : new Version(0, 0);
    }

    private static string NotFound(string[] places, string found) => string.Create(CultureInfo.InvariantCulture, $"""
        MariaDB {Oldest} or newer was not found. Looked for {Installer} and {ServerName} in {string.Join(", ", places)}.{found}
        Install it:
          Debian, Ubuntu:  sudo apt-get install mariadb-server
          Fedora, RHEL:    sudo dnf install mariadb-server
          Arch:            sudo pacman -S mariadb
          Alpine:          sudo apk add mariadb
          macOS:           brew install mariadb
        or set {DirectoryVariable} to the directory that holds its programs. Its service need not run.
        """);

    [GeneratedRegex(@"Ver (?<version>\d+\.\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex ServerVersion();
}
