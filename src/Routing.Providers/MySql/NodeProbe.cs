using System.Globalization;
using Routing.Drivers;
using Routing.Topology;

namespace Routing.Providers.MySql;

/// <summary>The questions to a server about its role and position, each one round trip. Not thread-safe.</summary>
internal sealed class NodeProbe(MySqlPhysicalConnection connection, ServerFacts server)
{
    private const string MariaDbPosition = "SELECT @@global.gtid_current_pos";
    private const string MySqlPosition = "SELECT @@global.gtid_executed";

    // What refuses writes is what makes a replica: a server that replicates and may be written to is a primary of its own.
    private const string MariaDbQuestion = "SELECT @@global.read_only, @@global.server_id, @@global.gtid_current_pos";
    private const string MySqlQuestion = "SELECT @@global.read_only OR @@global.super_read_only, @@global.server_uuid, @@global.gtid_executed";

    private static readonly string[] LagColumns = ["Seconds_Behind_Master", "Seconds_Behind_Source"];

    private bool _mayNotSeeReplication;

    /// <summary>Asks the node who it is and how far it has come.</summary>
    public async ValueTask<ProbeResult> AskAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (System.Data.Common.DbException error) when (MySqlClient.NumberOf(error) == MySqlErrors.PrivilegeNeeded && !_mayNotSeeReplication)
        {
            // Asked once; from now on without the lag.
            _mayNotSeeReplication = true;
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A primary's written, a replica's applied position.</summary>
    public async ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken) =>
        Parse(await connection.ScalarAsync(server.IsMariaDb ? MariaDbPosition : MySqlPosition, async, cancellationToken).ConfigureAwait(false));

    /// <summary>Of the server; a limit of the user's own account is not in it.</summary>
    public async ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken) =>
        Convert.ToInt32(await connection.ScalarAsync("SELECT @@global.max_connections", async: true, cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);

    private async ValueTask<ProbeResult> TryAskAsync(bool async, CancellationToken cancellationToken)
    {
        var question = server.IsMariaDb ? MariaDbQuestion : MySqlQuestion;
        var rows = await connection.FirstRowsAsync(
            _mayNotSeeReplication ? question : $"{question}; {server.ReplicaStatus}", async, cancellationToken).ConfigureAwait(false);
        var node = rows[0]!;
        var isReplica = Convert.ToInt32(node[0].Value, CultureInfo.InvariantCulture) != 0;
        return new ProbeResult(
            isReplica ? NodeRole.Replica : NodeRole.Primary,
            Epoch: 0,
            Parse(node[2].Value),
            isReplica && rows.Count > 1 && rows[1] is { } replication ? LagOf(replication) : null,
            Convert.ToString(node[1].Value, CultureInfo.InvariantCulture) ?? "");
    }

    private static TimeSpan? LagOf(KeyValuePair<string, object?>[] replication)
    {
        foreach (var (name, value) in replication)
        {
            if (value is not null && Array.Exists(LagColumns, name.Equals))
            {
                return TimeSpan.FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    private NodePosition? Parse(object? position)
    {
        var text = position switch
        {
            byte[] bytes => System.Text.Encoding.ASCII.GetString(bytes),
            _ => Convert.ToString(position, CultureInfo.InvariantCulture) ?? "",
        };
        return server.IsMariaDb ? GtidPosition.Parse(text) : GtidSetPosition.Parse(text);
    }
}
