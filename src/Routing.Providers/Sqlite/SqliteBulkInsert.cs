using Microsoft.Data.Sqlite;
using Routing.Drivers;

namespace Routing.Providers.Sqlite;

/// <summary>
/// A bulk insert by one prepared INSERT, run row by row: in a transaction SQLite gains nothing from more rows per statement, and
/// the row that it refuses is known. The watchdog is armed once per step, not per row. Belongs to one call; not thread-safe.
/// </summary>
internal sealed class SqliteBulkInsert : IBulkWriters, IDisposable
{
    private readonly SqlitePhysicalConnection _physical;
    private readonly BulkLoad _load;
    private readonly SqliteCommand _command;
    private readonly SqliteParameter[] _parameters;
    private long _inserted;

    private SqliteBulkInsert(SqlitePhysicalConnection physical, BulkLoad load)
    {
        _physical = physical;
        _load = load;
        _command = (SqliteCommand)physical.CreateCommand();
        _command.Transaction = (SqliteTransaction?)physical.CurrentTransaction;
        _parameters = new SqliteParameter[load.Columns.Count];
        for (var i = 0; i < _parameters.Length; i++)
        {
            _parameters[i] = _command.Parameters.Add(new SqliteParameter { ParameterName = FormattableString.Invariant($"@p{i}") });
        }

        _command.CommandText = $"{load.InsertInto()}({string.Join(',', _parameters.Select(static parameter => parameter.ParameterName))})";
    }

    /// <summary>Loads all rows; returns how many SQLite says it has inserted.</summary>
    public static async ValueTask<long> RunAsync(
        SqlitePhysicalConnection physical, BulkLoad load, bool async, CancellationToken token)
    {
        using var insert = new SqliteBulkInsert(physical, load);
        load.Rows.Bind(insert);
        while (await insert.StepAsync(async, token).ConfigureAwait(false))
        {
        }

        return insert._inserted;
    }

    public BulkWriter<T> Create<T>(int column) => new ParameterWriter<T>(_parameters[column]);

    public void Dispose() => _command.Dispose();

    /// <summary>False when there are no rows left.</summary>
    private async ValueTask<bool> StepAsync(bool async, CancellationToken token)
    {
        _physical.CommandStarting(_load.TimeoutSeconds, token);
        try
        {
            for (var i = 0; i < _load.BatchSize; i++)
            {
                if (!await _load.Rows.ReadAsync(async, token).ConfigureAwait(false))
                {
                    return false;
                }

                await _load.Rows.WriteAsync().ConfigureAwait(false);
                Insert();
            }

            return true;
        }
        catch (SqliteException error)
        {
            var other = _physical.Translate(error, token);
            if (!ReferenceEquals(other, error))
            {
                throw other;
            }

            throw;
        }
        finally
        {
            _physical.CommandEnded();
        }
    }

    private void Insert()
    {
        _inserted += _command.ExecuteNonQuery();
        _load.Took();
    }

    private sealed class ParameterWriter<T>(SqliteParameter parameter) : BulkWriter<T>
    {
        public override ValueTask WriteAsync(T value)
        {
            parameter.Value = value;
            return default;
        }

        public override ValueTask WriteNullAsync()
        {
            parameter.Value = DBNull.Value;
            return default;
        }
    }
}
