using Routing.Diagnostics;

namespace Routing.Providers.MySql;

/// <summary>What a server says about itself when a connection opens. Immutable.</summary>
/// <param name="IsMariaDb">MariaDB, as opposed to MySQL and what takes itself for it.</param>
/// <param name="Version">Its version.</param>
/// <param name="ConnectionId">The connection's number, which KILL takes.</param>
internal sealed record ServerFacts(bool IsMariaDb, Version Version, long ConnectionId)
{
    /// <summary>The first row: number, version, comment, mode.</summary>
    public const string Question = "SELECT CONNECTION_ID(), VERSION(), @@global.version_comment, @@session.sql_mode";

    // With either the server reads quotes or backslashes in another way than the lexer, which must never see less than the server.
    private static readonly string[] RefusedModes = ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"];

    /// <summary>MySQL calls its replication by new names from 8.0.22 on, and by those only from 8.4.</summary>
    public string ReplicaStatus => !IsMariaDb && Version >= new Version(8, 0, 22) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";

    public static ServerFacts Of(long connectionId, string version, string comment) => new(
        version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) || comment.Contains("MariaDB", StringComparison.OrdinalIgnoreCase),
        Parse(version),
        connectionId);

    /// <summary>Throws where the session has a mode that the lexer cannot follow.</summary>
    public static void RefuseMode(string node, string sqlMode)
    {
        var modes = sqlMode.Split(',');
        if (Array.Find(RefusedModes, refused => Array.Exists(modes, mode => mode.Equals(refused, StringComparison.OrdinalIgnoreCase))) is { } found)
        {
            throw new RoutingException(
                $"The server of {node} gives its sessions the sql_mode {found}, with which it reads quotes in another way than Routing does, so that Routing could not tell what a statement does. Take it out of sql_mode on the server, or set another sql_mode in OnPhysicalOpen.")
            {
                Code = ErrorCodes.UnsupportedSqlMode,
            };
        }
    }

    /// <summary><c>10.11.19-MariaDB-0+deb12u1-log</c>, <c>8.4.3</c>; MariaDB puts 5.5.5- before it for old replicas.</summary>
    private static Version Parse(string text)
    {
        const string Disguise = "5.5.5-";
        var from = text.StartsWith(Disguise, StringComparison.Ordinal) ? Disguise.Length : 0;
        var to = from;
        while (to < text.Length && (char.IsAsciiDigit(text[to]) || text[to] == '.'))
        {
            to++;
        }

        return Version.TryParse(text.AsSpan(from, to - from).TrimEnd('.'), out var version) ? version : new Version(0, 0);
    }
}
