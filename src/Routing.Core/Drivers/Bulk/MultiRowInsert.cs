using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Routing.Drivers;

/// <summary>
/// The way that every engine has: INSERTs of many rows each, with parameters. The statement is the same for all but the
/// last batch. A batch that the server refuses is sent again row by row, only to find out which row it was: its transaction is
/// rolled back in any case. Belongs to one call; not thread-safe.
/// </summary>
public sealed class MultiRowInsert
{
    // Beyond it more rows per statement save nothing, and servers limit what they take at once (MySQL: max_allowed_packet).
    private const int MostCharacters = 256 * 1024;

    private readonly BulkLoad _load;
    private readonly BulkRow _row;
    private readonly int _columns;
    private readonly int _rowsPerInsert;
    private readonly List<object> _values;
    private long _size;

    private MultiRowInsert(BulkLoad load)
    {
        _load = load;
        _columns = load.Columns.Count;
        _row = new BulkRow(_columns);
        _rowsPerInsert = Math.Max(1, Math.Min(load.BatchSize, load.RowsPerInsert));
        _values = new List<object>(Math.Min(_rowsPerInsert, 1000) * _columns);
    }

    private bool IsFull => _values.Count == _rowsPerInsert * _columns || _size >= MostCharacters;

    /// <summary>Loads all rows; returns how many the server says it has inserted.</summary>
    /// <param name="load">The table, its columns and the rows.</param>
    /// <param name="async">Whether to do I/O, and to wait for rows, asynchronously; when false the returned task is complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static ValueTask<long> RunAsync(BulkLoad load, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(load);
        return new MultiRowInsert(load).RunAsync(async, cancellationToken);
    }

    private async ValueTask<long> RunAsync(bool async, CancellationToken ct)
    {
        _load.Rows.Bind(_row);
        var inserted = 0L;
        var command = _load.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            while (await FillAsync(async, ct).ConfigureAwait(false))
            {
                Prepare(command, _values.Count);
                inserted += await InsertAsync(command, async, ct).ConfigureAwait(false);
                _load.Took();
            }
        }

        return inserted;
    }

    /// <summary>Reads rows until the statement is full. False when there was none left.</summary>
    private async ValueTask<bool> FillAsync(bool async, CancellationToken ct)
    {
        _values.Clear();
        _size = 0;
        while (!IsFull && await _load.Rows.ReadAsync(async, ct).ConfigureAwait(false))
        {
            await _load.Rows.WriteAsync().ConfigureAwait(false);
            for (var i = 0; i < _columns; i++)
            {
                _values.Add(_row[i]);
                _size += _row[i] switch { string text => text.Length, byte[] bytes => bytes.Length, _ => 0 };
            }
        }

        return _values.Count > 0;
    }

    private async ValueTask<int> InsertAsync(DbCommand command, bool async, CancellationToken ct)
    {
        Bind(command, from: 0);
        try
        {
            return await ExecuteAsync(command, async, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (_load.Driver.Classify(error) == ErrorClass.Statement)
        {
            await FindRefusedAsync(async, ct).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Throws what the server says about the first row that it does not take by itself. Comes back when it takes each.</summary>
    private async ValueTask FindRefusedAsync(bool async, CancellationToken ct)
    {
        var command = _load.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            Prepare(command, _columns);
            for (var from = 0; from < _values.Count; from += _columns)
            {
                _load.Fault = new RowFault(_load.Taken + (from / _columns) + 1, Column: null);
                Bind(command, from);
                await ExecuteAsync(command, async, ct).ConfigureAwait(false);
            }
        }

        _load.Fault = default;
    }

    private void Bind(DbCommand command, int from)
    {
        for (var i = 0; i < command.Parameters.Count; i++)
        {
            command.Parameters[i].Value = _values[from + i];
        }
    }

    /// <summary>Gives the command the statement for so many values, unless it is that already.</summary>
    private void Prepare(DbCommand command, int values)
    {
        if (command.Parameters.Count == values)
        {
            return;
        }

        var text = new StringBuilder(_load.InsertInto());
        command.Parameters.Clear();
        for (var i = 0; i < values; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@p" + i.ToString(CultureInfo.InvariantCulture);
            command.Parameters.Add(parameter);
            text.Append(i == 0 ? "(" : i % _columns == 0 ? "),(" : ",").Append(parameter.ParameterName);
        }

        command.CommandText = text.Append(')').ToString();
    }

    private static async ValueTask<int> ExecuteAsync(DbCommand command, bool async, CancellationToken ct) =>
        async ? await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false) : command.ExecuteNonQuery();
}
