using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Routing.Drivers;
using Routing.Topology;

namespace Routing.Providers.PostgreSql;

/// <summary>The questions to a server about its role and position, each one round trip with a reused command. Not thread-safe.</summary>
internal sealed class NodeProbe(NpgsqlConnection connection)
{
    // The timeline comes from the name of the file being written: pg_control_checkpoint() still shows the old one right
    // after a promotion. On a standby the receiver knows the newest one; only privileged users are told.
    private const string Position =
        """
        SELECT r.recovering,
               CASE WHEN r.recovering THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END,
               CASE WHEN NOT r.recovering THEN substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END,
               CASE WHEN r.recovering THEN (SELECT received_tli FROM pg_stat_wal_receiver) END
        """;

    // Replay timestamps lie while the primary is idle: a standby that has replayed all it received does not lag.
    private const string Lag =
        """
        ,
               CASE WHEN r.recovering AND pg_last_wal_receive_lsn() IS NOT NULL THEN
                 CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
                      ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END
               END
        """;

    private const string Identity =
        """
        ,
               (SELECT system_identifier::text FROM pg_control_system())
        """;

    private const string From =
        """

        FROM (SELECT pg_is_in_recovery() AS recovering) r
        """;

    // The second reservation came with version 16; an unknown setting reads as NULL.
    private const string MaxConnections =
        """
        SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0)
        """;

    private const int LagColumn = 4;
    private const int IdentityColumn = 5;

    private NpgsqlCommand? _ask;
    private NpgsqlCommand? _capture;
    private bool _mayNotSeeIdentity;

    /// <summary>Asks the node who it is and how far it has come.</summary>
    public async ValueTask<ProbeResult> AskAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege && !_mayNotSeeIdentity)
        {
            // Asked once; from now on without the identity.
            _mayNotSeeIdentity = true;
            _ask = null;
            return await TryAskAsync(async, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A primary's written, a standby's replayed position.</summary>
    public async ValueTask<LsnPosition> CapturePositionAsync(bool async, CancellationToken cancellationToken)
    {
        _capture ??= new NpgsqlCommand(Position + From, connection);
        var reader = async ? await _capture.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : _capture.ExecuteReader();
        await using (new ReaderScope(reader, async).ConfigureAwait(false))
        {
            _ = async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read();
            return ReadPosition(reader);
        }
    }

    /// <summary>What is left for ordinary users.</summary>
    public async ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(MaxConnections, connection);
        await using (command.ConfigureAwait(false))
        {
            return (int?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<ProbeResult> TryAskAsync(bool async, CancellationToken cancellationToken)
    {
        _ask ??= new NpgsqlCommand(Position + Lag + (_mayNotSeeIdentity ? "" : Identity) + From, connection);
        var reader = async ? await _ask.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : _ask.ExecuteReader();
        await using (new ReaderScope(reader, async).ConfigureAwait(false))
        {
            _ = async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read();
            var position = ReadPosition(reader);
            return new ProbeResult(
                reader.GetBoolean(0) ? NodeRole.Replica : NodeRole.Primary,
                position.Timeline,
                position,
                reader.IsDBNull(LagColumn) ? null : TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(LagColumn))),
                reader.FieldCount > IdentityColumn && !reader.IsDBNull(IdentityColumn) ? reader.GetString(IdentityColumn) : "");
        }
    }

    private static LsnPosition ReadPosition(NpgsqlDataReader reader)
    {
        var lsn = reader.IsDBNull(1) ? 0 : (ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(1);
        var timeline = !reader.IsDBNull(2) ? uint.Parse(reader.GetString(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : reader.IsDBNull(3) ? 0u
            : (uint)reader.GetInt32(3);
        return new LsnPosition(timeline, lsn);
    }
}
