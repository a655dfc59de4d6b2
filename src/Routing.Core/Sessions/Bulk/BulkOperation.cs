using System.Data.Common;
using System.Globalization;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Mappers;

namespace Routing.Sessions;

/// <summary>
/// One bulk insert on the connection it was given: asks the table for its columns, joins the rows to them, lets the driver load, and
/// counts. Belongs to one call.
/// </summary>
internal sealed class BulkOperation(BulkTarget target, BulkSource source, BulkInsertOptions options) : MapperOperation<long>
{
    public override async ValueTask<long> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var columns = await ReadColumnsAsync(connection, command.TimeoutSeconds, async, cancellationToken).ConfigureAwait(false);
        var pairs = BulkMatch.Of(target.Name, columns, source, options.Columns);
        var rows = source.Open([.. pairs.Select(static pair => pair.Member)]);
        try
        {
            var physical = ((LeaseConnection)connection).Physical;
            var load = new BulkLoad(connection, options.Progress)
            {
                Table = target.Quoted,
                Columns = [.. pairs.Select(static pair => pair.Column)],
                Rows = rows,
                BatchSize = options.BatchSize,
                RowsPerInsert = target.Dialect.RowsPerInsert(pairs.Count),
                TimeoutSeconds = command.TimeoutSeconds,
                Driver = target.Driver,
            };
            return await LoadAsync(physical, load, async, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await rows.CloseAsync(async).ConfigureAwait(false);
        }
    }

    public override int? RowsOf(long result) => (int)Math.Min(result, int.MaxValue);

    private async ValueTask<long> LoadAsync(PhysicalConnection physical, BulkLoad load, bool async, CancellationToken cancellationToken)
    {
        long stored;
        try
        {
            stored = await target.Driver.BulkInsertAsync(physical, load, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsAboutRow(load, error))
        {
            throw Explain(load, error);
        }

        if (stored != load.Rows.Number)
        {
            throw new BulkInsertException(string.Create(
                CultureInfo.InvariantCulture,
                $"{load.Rows.Number} rows were given to the bulk insert into '{target.Name}' on '{target.Node}', but the database says that it stored {stored}. A trigger, a rule or a setting that skips rows is the usual cause. Nothing of it was kept."))
            {
                Code = ErrorCodes.BulkCountDiffers,
                FirstRow = 1,
                LastRow = load.Rows.Number,
            };
        }

        load.Ended();
        return stored;
    }

    private async ValueTask<IReadOnlyList<LoadColumn>> ReadColumnsAsync(DbConnection connection, int timeoutSeconds, bool async, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = timeoutSeconds;
            command.CommandText = $"SELECT * FROM {target.Quoted} WHERE 1 = 0";
            var reader = async ? await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false) : command.ExecuteReader();
            await using (new ReaderScope(reader, async).ConfigureAwait(false))
            {
                var schema = target.Driver.DescribesColumns ? reader.GetColumnSchema() : null;
                return [.. Enumerable.Range(0, reader.FieldCount).Select(i => new LoadColumn(reader.GetName(i), target.Dialect.Quote(reader.GetName(i)), i, reader.GetDataTypeName(i), schema?[i]))];
            }
        }
    }

    /// <summary>
    /// Any other error comes through as it is: the caller's own, a cancel, a lost connection, what a rerun of the transaction
    /// heals.
    /// </summary>
    private bool IsAboutRow(BulkLoad load, Exception error) =>
        error is not BulkInsertException && !load.Rows.IsInCallersCode && load.Rows.Number > 0 && target.Driver.Classify(error) == ErrorClass.Statement;

    private BulkInsertException Explain(BulkLoad load, Exception error)
    {
        // What the server says is about what was sent before; what the driver says is about the value in its hands.
        var isServers = target.Driver.StatusCodeOf(error) is not null;
        var said = isServers ? target.Driver.FaultOf(error) : default;
        var first = load.Taken + 1;
        var last = load.Rows.Number;
        var row = said.Row ?? load.Fault.Row ?? (first >= last || (!isServers && load.Rows.IsInHand) ? last : null);
        var column = isServers ? said.Column : load.Rows.Column >= 0 ? load.Columns[load.Rows.Column].Name : load.Fault.Column;
        var place = row is { } known ? string.Create(CultureInfo.InvariantCulture, $"Row {known}") : string.Create(CultureInfo.InvariantCulture, $"One of the rows {first} to {last}");
        return new BulkInsertException(
            $"{place} of the bulk insert into '{target.Name}' on '{target.Node}' was refused{(column is null ? "" : $", column '{column}'")}: {ErrorCodes.TextOf(error).TrimEnd('.')}. Nothing of it was kept.",
            error)
        {
            Code = ErrorCodes.BulkRowRefused,
            Row = row,
            FirstRow = row ?? first,
            LastRow = row ?? last,
            Column = column,
        };
    }
}
