using System.Globalization;
using System.Text.RegularExpressions;

namespace Routing.LocalServers;

/// <summary>An installed PostgreSQL: where its programs are and which version they have. Immutable.</summary>
/// <param name="Directory">The directory that really holds the programs, links resolved.</param>
/// <param name="Version">Its major version, such as 17.</param>
public sealed partial record PostgreSqlBinaries(string Directory, int Version)
{
    /// <summary>The environment variable that names the directory of the programs; it goes before all other places.</summary>
    public const string DirectoryVariable = "ROUTING_POSTGRESQL_BIN";

    /// <summary>The oldest major version these servers are started with.</summary>
    public const int OldestVersion = 14;

    /// <summary>The account a package creates for the server; where none did, the one that owns nothing.</summary>
    internal static readonly string[] Accounts = ["postgres", "_postgres", "nobody"];

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres", "pg_basebackup"];

    // Directories with one star for the version, as Debian, Red Hat, Alpine, Homebrew and Postgres.app lay them out.
    private static readonly string[] Places =
    [
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/usr/libexec/postgresql*",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
    ];

    /// <summary>
    /// Finds an installation: in <paramref name="directory"/> when given, else in the directory the environment names, else
    /// in PATH, else in the places packages use, newest version first.
    /// </summary>
    /// <exception cref="LocalServerException">None is there, or only ones that are too old; says what to install.</exception>
    public static async Task<PostgreSqlBinaries> FindAsync(string? directory = null, CancellationToken cancellationToken = default)
    {
        directory ??= Environment.GetEnvironmentVariable(DirectoryVariable);
        var candidates = string.IsNullOrEmpty(directory) ? Candidates() : [directory];
        var tooOld = new List<string>();
        foreach (var candidate in candidates.Select(Resolve).OfType<string>().Distinct())
        {
            var version = await VersionAsync(candidate, cancellationToken).ConfigureAwait(false);
            if (version >= OldestVersion)
            {
                return new PostgreSqlBinaries(candidate, version);
            }

            tooOld.Add($"{candidate} (version {version})");
        }

        throw new LocalServerException(NotFound(directory, tooOld));
    }

    private static IEnumerable<string> Candidates()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(Places.SelectMany(Expand));
    }

    private static IEnumerable<string> Expand(string place)
    {
        var star = place.IndexOf('*', StringComparison.Ordinal);
        var parent = place.LastIndexOf('/', star);
        var rest = place.IndexOf('/', star);
        var pattern = rest < 0 ? place[(parent + 1)..] : place[(parent + 1)..rest];
        if (!System.IO.Directory.Exists(place[..parent]))
        {
            return [];
        }

        return System.IO.Directory.EnumerateDirectories(place[..parent], pattern)
            .OrderByDescending(d => Digits().Match(System.IO.Path.GetFileName(d)) is { Success: true } m ? int.Parse(m.Value, CultureInfo.InvariantCulture) : 0)
            .Select(d => rest < 0 ? d : d + place[rest..]);
    }

    // A directory in PATH often holds links to some of the programs; the running server's own path is the resolved one.
    private static string? Resolve(string directory)
    {
        var initdb = System.IO.Path.Combine(directory, Programs[0]);
        if (!File.Exists(initdb))
        {
            return null;
        }

        var real = File.ResolveLinkTarget(initdb, returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(initdb);
        var home = System.IO.Path.GetDirectoryName(real)!;
        return Array.TrueForAll(Programs, p => File.Exists(System.IO.Path.Combine(home, p))) ? home : null;
    }

    private static async Task<int> VersionAsync(string directory, CancellationToken cancellationToken)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"; asking is allowed to root too.
        var output = await ServerAccount.Current.RunAsync(
            [System.IO.Path.Combine(directory, "postgres"), "--version"], cancellationToken: cancellationToken).ConfigureAwait(false);
        var match = ServerVersion().Match(output);
        return match.Success ? int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture) : 0;
    }

    private static string NotFound(string? directory, List<string> tooOld)
    {
        var looked = string.IsNullOrEmpty(directory) ? $"PATH, {string.Join(", ", Places)}" : directory;
        var found = tooOld.Count == 0 ? "" : $" Too old: {string.Join(", ", tooOld)}.";
        return $"""
            PostgreSQL {OldestVersion} or newer was not found. Looked for {string.Join(", ", Programs)} in {looked}.{found}
            Install it:
              Debian, Ubuntu:  sudo apt-get install postgresql
              Fedora, RHEL:    sudo dnf install postgresql-server
              Arch:            sudo pacman -S postgresql
              Alpine:          sudo apk add postgresql
              macOS:           brew install postgresql@17
            or set {DirectoryVariable} to the directory that holds its programs. Its service need not run.
            """;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex ServerVersion();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
