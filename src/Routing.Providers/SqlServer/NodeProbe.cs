using Microsoft.Data.SqlClient;
using Routing.Drivers;
using Routing.Topology;

namespace Routing.Providers.SqlServer;

/// <summary>
/// The questions to a server about its database's role and position, each one round trip. What needs a permission that the
/// user lacks is left out from the first refusal on. Not thread-safe.
/// </summary>
internal sealed class NodeProbe(SqlConnection connection, int timeoutSeconds)
{
    // The one property that every server answers to every user: a secondary replica's database is READ_ONLY.
    private const string Role = "SELECT CAST(CASE DATABASEPROPERTYEX(DB_NAME(), 'Updateability') WHEN 'READ_WRITE' THEN 1 ELSE 0 END AS bit)";

    // The replicas of one database share its family; a restored copy begins a fork of it and keeps it.
    private const string Group =
        """
        , (SELECT CONVERT(nvarchar(36), family_guid) FROM sys.database_recovery_status WHERE database_id = DB_ID()),
          r.last_commit_lsn,
          CASE WHEN r.is_primary_replica = 1 THEN NULL
               WHEN r.redo_queue_size = 0 AND r.synchronization_state IN (1, 2) THEN CAST(0 AS bigint)
               ELSE DATEDIFF_BIG(millisecond, r.last_commit_time, GETDATE()) END
        FROM (SELECT 1 AS one) o
        LEFT JOIN sys.dm_hadr_database_replica_states r ON r.database_id = DB_ID() AND r.is_local = 1
        """;

    // VIEW SERVER STATE was denied: as such (300), as what newer versions split it into, and as Azure SQL says it.
    private static readonly int[] Denied = [297, 300, 262, 229, 371, 208];

    private const int IdentityColumn = 1;
    private const int PositionColumn = 2;
    private const int LagColumn = 3;

    private bool _isDenied;

    /// <summary>Asks the node who it is and how far it has come.</summary>
    public async ValueTask<ProbeResult> AskAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (SqlException error) when (!_isDenied && Array.IndexOf(Denied, error.Number) >= 0)
        {
            _isDenied = true;
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A primary's newest, a secondary's redone commit; null outside of an availability group.</summary>
    public async ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken) =>
        _isDenied ? null : (await AskAsync(async, cancellationToken).ConfigureAwait(false)).Position;

    /// <summary>How many connections the server allows.</summary>
    public async ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken)
    {
        var command = Command("SELECT @@MAX_CONNECTIONS");
        await using (command.ConfigureAwait(false))
        {
            return (int?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<ProbeResult> TryAskAsync(bool async, CancellationToken cancellationToken)
    {
        var command = Command(_isDenied ? Role : Role + Group);
        await using (command.ConfigureAwait(false))
        {
            var reader = async ? await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteReader();
            await using (new ReaderScope(reader, async).ConfigureAwait(false))
            {
                _ = async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read();
                return Read(reader);
            }
        }
    }

    private static ProbeResult Read(SqlDataReader reader)
    {
        var role = reader.GetBoolean(0) ? NodeRole.Primary : NodeRole.Replica;
        if (reader.FieldCount == 1)
        {
            return new ProbeResult(role, Epoch: 0, Position: null, Lag: null, Identity: "");
        }

        return new ProbeResult(
            role,
            Epoch: 0,
            reader.IsDBNull(PositionColumn) ? null : new CommitPosition(reader.GetDecimal(PositionColumn)),
            reader.IsDBNull(LagColumn) ? null : TimeSpan.FromMilliseconds(Math.Max(0, reader.GetInt64(LagColumn))),
            reader.IsDBNull(IdentityColumn) ? "" : reader.GetString(IdentityColumn));
    }

    private SqlCommand Command(string text) => new(text, connection) { CommandTimeout = timeoutSeconds };
}
