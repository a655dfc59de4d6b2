using System.Data;
using Microsoft.Data.SqlClient;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Providers.SqlServer;

/// <summary>
/// A bulk insert by SqlBulkCopy, one step of rows after the other, inside the transaction that is open: with constraints, triggers,
/// nulls and identities as an INSERT has them, each of which SqlBulkCopy leaves out unless asked. Belongs to one call; not thread-safe.
/// </summary>
internal sealed class SqlServerBulkInsert : IDisposable
{
    // "Duplicate key was ignored.": the one way in which the server skips rows, and it says so.
    private const int DuplicateIgnored = 3604;

    private readonly BulkLoad _load;
    private readonly SqlConnection _connection;
    private readonly SqlBulkCopy _copy;
    private readonly DataTable _step = new();
    private readonly BulkRow _row;
    private readonly string _name;
    private bool _hasIgnored;

    private SqlServerBulkInsert(string name, SqlConnection connection, SqlTransaction? transaction, BulkLoad load)
    {
        _name = name;
        _load = load;
        _connection = connection;
        _row = new BulkRow(load.Columns.Count);
        var options = SqlBulkCopyOptions.CheckConstraints | SqlBulkCopyOptions.FireTriggers | SqlBulkCopyOptions.KeepNulls;
        if (load.Columns.Any(static column => column.Schema is { IsAutoIncrement: true }))
        {
            // Else the server would number the rows anew, and drop the numbers given without a word.
            options |= SqlBulkCopyOptions.KeepIdentity;
        }

        _copy = new SqlBulkCopy(connection, options, transaction) { DestinationTableName = load.Table, BulkCopyTimeout = load.TimeoutSeconds };
        foreach (var column in load.Columns)
        {
            _step.Columns.Add(null, typeof(object));
            _copy.ColumnMappings.Add(_step.Columns.Count - 1, column.Ordinal);
        }

        connection.InfoMessage += NoteIgnored;
    }

    /// <summary>Loads all rows; returns how many SqlClient says it has copied.</summary>
    public static async ValueTask<long> RunAsync(
        string name, SqlConnection connection, SqlTransaction? transaction, BulkLoad load, bool async, CancellationToken token)
    {
        using var insert = new SqlServerBulkInsert(name, connection, transaction, load);
        load.Rows.Bind(insert._row);
        return await insert.RunAsync(async, token).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _connection.InfoMessage -= NoteIgnored;
        ((IDisposable)_copy).Dispose();
        _step.Dispose();
    }

    private async ValueTask<long> RunAsync(bool async, CancellationToken token)
    {
        var copied = 0L;
        while (await FillAsync(async, token).ConfigureAwait(false))
        {
            DataRow[] rows = [.. _step.Rows.Cast<DataRow>()];
            try
            {
                await CopyAsync(rows, async, token).ConfigureAwait(false);
            }
            catch (Exception error) when (IsAboutRow(error) && !token.IsCancellationRequested)
            {
                await FindRefusedAsync(rows, async, token).ConfigureAwait(false);
                throw;
            }

            copied += _copy.RowsCopied64;
            _load.Took();
        }

        return copied;
    }

    private async ValueTask<bool> FillAsync(bool async, CancellationToken token)
    {
        _step.Clear();
        while (_step.Rows.Count < _load.BatchSize && await _load.Rows.ReadAsync(async, token).ConfigureAwait(false))
        {
            await _load.Rows.WriteAsync().ConfigureAwait(false);
            var row = _step.NewRow();
            for (var i = 0; i < _step.Columns.Count; i++)
            {
                row[i] = _row[i];
            }

            _step.Rows.Add(row);
        }

        return _step.Rows.Count > 0;
    }

    private async ValueTask CopyAsync(DataRow[] rows, bool async, CancellationToken token)
    {
        if (async)
        {
            await _copy.WriteToServerAsync(rows, token).ConfigureAwait(false);
        }
        else
        {
            _copy.WriteToServer(rows);
        }

        if (_hasIgnored)
        {
            throw new BulkInsertException(
                $"The server of '{_name}' ignored rows of the bulk insert into '{_load.Table}' whose key was there already, as its index is told to (IGNORE_DUP_KEY). Nothing of it was kept. Leave out those rows, or insert into another table and merge.")
            {
                Code = ErrorCodes.BulkCountDiffers,
                FirstRow = _load.Taken + 1,
                LastRow = _load.Rows.Number,
            };
        }
    }

    /// <summary>
    /// The server says what was wrong but not where. Nothing of a refused copy stays, what is taken does until the rollback. When a part
    /// fails otherwise, the row stays unknown.
    /// </summary>
    private async ValueTask FindRefusedAsync(DataRow[] rows, bool async, CancellationToken token)
    {
        try
        {
            var found = await RefusedRow.FindAsync(rows.Length, (first, count) => TryCopyAsync(rows[first..(first + count)], async, token)).ConfigureAwait(false);
            _load.Fault = new RowFault(_load.Taken + found + 1, Column: null);
        }
        catch (Exception error) when (error is SqlException or InvalidOperationException or RoutingException)
        {
            // The transaction may be gone with the first error: that one is what its caller has to see.
        }
    }

    private async ValueTask<bool> TryCopyAsync(DataRow[] rows, bool async, CancellationToken token)
    {
        try
        {
            await CopyAsync(rows, async, token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (IsAboutRow(error))
        {
            return false;
        }
    }

    /// <summary>The server's word, or SqlClient's about a value that it cannot convert.</summary>
    private static bool IsAboutRow(Exception error) =>
        error is SqlException or InvalidOperationException && SqlServerErrors.Classify(error) == ErrorClass.Statement;

    private void NoteIgnored(object sender, SqlInfoMessageEventArgs message) =>
        _hasIgnored |= message.Errors.Cast<SqlError>().Any(static error => error.Number == DuplicateIgnored);
}
