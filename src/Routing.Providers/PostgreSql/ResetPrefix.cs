using System.Data;
using System.Data.Common;
using Npgsql;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// Sends the reset of the session and the next statement in one round trip: a batch of the reset's statements, an error
/// barrier, the user's statement. The barrier makes the reset a transaction of its own, so that a failing statement does
/// not undo it, and statements that refuse to run beside others (VACUUM) still run. A read that nothing follows needs no
/// barrier, which costs the server a second answer: if it fails, the reset goes in front of the next command once more.
/// Being prepared by use, the batch costs the server less than the text that Npgsql would put in front. Not thread-safe.
/// </summary>
internal sealed class ResetPrefix(NpgsqlConnection connection)
{
    /// <summary>Takes away what sequences told earlier holders. It does not take part in transactions, so it needs no barrier.</summary>
    public const string Isolation = "DISCARD SEQUENCES";

    // The driver's own list: it keeps prepared statements. One of them returns a row, which is skipped.
    private static readonly string[] Reset =
    [
        "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "CLOSE ALL", "UNLISTEN *", "SELECT pg_advisory_unlock_all()", "DISCARD TEMP", "DISCARD SEQUENCES",
    ];

    private NpgsqlBatch? _batch;

    /// <summary>What goes in front of the next statement.</summary>
    public PrefixKind Kind { get; set; }

    /// <summary>
    /// Whether a command may carry the prefix: one statement, which returns nothing through its parameters. A single row is
    /// asked for by a limit on the whole batch, so that goes the other way too.
    /// </summary>
    public static bool Fits(NpgsqlCommand command, CommandBehavior behavior)
    {
        if (command.CommandType != CommandType.Text
            || (behavior & (CommandBehavior.SingleRow | CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo)) != CommandBehavior.Default
            || command.CommandText.Contains(';', StringComparison.Ordinal))
        {
            return false;
        }

        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            if (parameter.Direction != ParameterDirection.Input)
            {
                return false;
            }
        }

        return true;
    }

    public void Cancel() => _batch?.Cancel();

    public async ValueTask<int> ExecuteNonQueryAsync(NpgsqlCommand command, bool async, CancellationToken cancellationToken)
    {
        var batch = Load(command);
        try
        {
            return async ? await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) : batch.ExecuteNonQuery();
        }
        finally
        {
            Unload(batch);
        }
    }

    /// <summary>The reader stands on the statement's own result.</summary>
    public async ValueTask<DbDataReader> ExecuteReaderAsync(NpgsqlCommand command, CommandBehavior behavior, bool async, CancellationToken cancellationToken)
    {
        var batch = Load(command);
        try
        {
            // "Single result" would end with the reset's row.
            var whole = behavior & ~CommandBehavior.SingleResult;
            var reader = async ? await batch.ExecuteReaderAsync(whole, cancellationToken).ConfigureAwait(false) : batch.ExecuteReader(whole);
            return Kind == PrefixKind.Isolation ? reader : await SkipResetAsync(reader, async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The server has answered the statement, so its values were sent; their owner may use the objects again.
            Unload(batch);
        }
    }

    private static async ValueTask<DbDataReader> SkipResetAsync(NpgsqlDataReader reader, bool async, CancellationToken cancellationToken)
    {
        try
        {
            _ = async ? await reader.NextResultAsync(cancellationToken).ConfigureAwait(false) : reader.NextResult();
            return reader;
        }
        catch
        {
            if (async)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                reader.Dispose();
            }

            throw;
        }
    }

    private NpgsqlBatch Load(NpgsqlCommand command)
    {
        // A new one each time. One that ran before holds on to what was prepared for it without counting as its use, so that
        // the user's statement may take the place of a reset's in the middle of the batch, which Npgsql does not survive.
        var batch = _batch = Kind == PrefixKind.Isolation ? Create([Isolation], barrier: false) : Create(Reset, barrier: Kind == PrefixKind.Guarded);
        batch.Timeout = command.CommandTimeout;
        var statement = new NpgsqlBatchCommand(command.CommandText);
        batch.BatchCommands.Add(statement);

        // A parameter belongs to one collection at a time.
        while (command.Parameters.Count > 0)
        {
            var parameter = command.Parameters[0];
            command.Parameters.RemoveAt(0);
            statement.Parameters.Add(parameter);
        }

        return batch;
    }

    private NpgsqlBatch Create(string[] texts, bool barrier)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var text in texts)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(text));
        }

        batch.BatchCommands[^1].AppendErrorBarrier = barrier;
        return batch;
    }

    private static void Unload(NpgsqlBatch batch) => batch.BatchCommands[^1].Parameters.Clear();
}

/// <summary>What goes in front of a statement.</summary>
internal enum PrefixKind
{
    /// <summary>The reset as a transaction of its own.</summary>
    Guarded,

    /// <summary>The reset in one transaction with a read that ends its lease.</summary>
    Shared,

    /// <summary>Only what hides the sequences of earlier holders, in the statement's own transaction.</summary>
    Isolation,
}
