using System.Data;
using System.Data.Common;
using System.Globalization;
using Routing.Drivers;

namespace Routing.Providers.MySql;

/// <summary>
/// A bulk insert by LOAD DATA LOCAL, one step of rows after the other, where both ends allow it and every value can go into a file;
/// else by INSERTs of many rows. LOAD DATA LOCAL makes warnings of what an INSERT refuses (cuts texts off, skips duplicates), so any warning
/// refuses the load here; mere notes are turned off for its time. Belongs to one call; not thread-safe.
/// </summary>
internal sealed class MySqlBulkInsert
{
    private const string AllowedKey = "AllowLoadLocalInfile";

    // Set in turns, so that the next can be set before it is known whether the last is needed: one round trip less per step.
    private static readonly string[] Marks = ["rt_load_a", "rt_load_b"];

    // More at a time saves nothing, and the step is in memory.
    private const int MostBytes = 4 << 20;

    private readonly MySqlPhysicalConnection _physical;
    private readonly BulkLoad _load;
    private readonly MySqlLoader _loader;
    private readonly bool _async;
    private readonly CancellationToken _token;
    private readonly MySqlFileRows _rows = new();
    private DataException? _refusal;
    private int _mark;

    private MySqlBulkInsert(MySqlPhysicalConnection physical, BulkLoad load, MySqlLoader loader, bool async, CancellationToken token)
    {
        _physical = physical;
        _load = load;
        _loader = loader;
        _async = async;
        _token = token;
    }

    /// <summary>Loads all rows; returns how many the server says it has stored. Null, with nothing read, where they cannot go into a file.</summary>
    public static async ValueTask<long?> TryRunAsync(MySqlPhysicalConnection physical, BulkLoad load, bool async, CancellationToken token)
    {
        if (!IsAllowedHere(physical.Connection) || !load.Columns.All(TakesText) || !CanHoldAll(load.Rows)
            || MySqlLoader.Of(physical.Connection, load.Table, load.Columns.Select(static column => column.Quoted)) is not { } loader
            || await physical.ScalarAsync("SELECT @@sql_notes FROM DUAL WHERE @@local_infile", async, token).ConfigureAwait(false) is not { } notes)
        {
            return null;
        }

        var insert = new MySqlBulkInsert(physical, load, loader, async, token);
        await physical.ExecuteAsync("SET sql_notes = 0", async, token).ConfigureAwait(false);
        try
        {
            return await insert.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!physical.IsBroken)
            {
                await physical.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET sql_notes = {notes}"), async, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static bool IsAllowedHere(DbConnection connection) =>
        new DbConnectionStringBuilder { ConnectionString = connection.ConnectionString } is var settings
        && settings.Keys.Cast<string>().FirstOrDefault(static key => key.Replace(" ", "", StringComparison.Ordinal).Equals(AllowedKey, StringComparison.OrdinalIgnoreCase)) is { } key
        && bool.TryParse(Convert.ToString(settings[key], CultureInfo.InvariantCulture), out var isAllowed) && isAllowed;

    /// <summary>Bytes and bits have no text that a file could hold.</summary>
    private static bool TakesText(LoadColumn column) =>
        column.Schema?.DataType is { } type && (MySqlFileRows.CanHold(type) || type == typeof(TimeSpan))
        && !column.TypeName.Contains("BIT", StringComparison.OrdinalIgnoreCase)
        && !column.TypeName.Contains("BINARY", StringComparison.OrdinalIgnoreCase)
        && !column.TypeName.Contains("GEOMETRY", StringComparison.OrdinalIgnoreCase);

    private static bool CanHoldAll(BulkRows rows)
    {
        var types = new BulkTypes();
        rows.Bind(types);
        return types.All.TrueForAll(MySqlFileRows.CanHold);
    }

    private async ValueTask<long> RunAsync()
    {
        _load.Rows.Bind(_rows);
        await ExecuteAsync("SAVEPOINT " + Marks[_mark]).ConfigureAwait(false);
        var stored = 0L;
        while (await FillAsync().ConfigureAwait(false))
        {
            if (await LoadAsync(0, _rows.Count).ConfigureAwait(false) is not { } taken)
            {
                // The warning of one row alone says what is wrong with it; those of many may be about another one.
                var row = await RefusedRow.FindAsync(_rows.Count, async (first, count) => await LoadAsync(first, count).ConfigureAwait(false) is not null).ConfigureAwait(false);
                await LoadAsync(row, 1).ConfigureAwait(false);
                _load.Fault = new RowFault(_load.Taken + row + 1, MySqlErrors.FaultOf(_refusal!).Column);
                throw _refusal!;
            }

            stored += taken;
            _load.Took();
        }

        return stored;
    }

    private async ValueTask<bool> FillAsync()
    {
        _rows.Clear();
        while (_rows.Count < _load.BatchSize && _rows.Size < MostBytes && await _load.Rows.ReadAsync(_async, _token).ConfigureAwait(false))
        {
            _rows.Begin();
            await _load.Rows.WriteAsync().ConfigureAwait(false);
            _rows.End();
        }

        return _rows.Count > 0;
    }

    /// <summary>
    /// How many rows the server has stored; null, with the reason in <see cref="_refusal"/> and nothing left of them, when there was anything
    /// to warn of.
    /// </summary>
    private async ValueTask<int?> LoadAsync(int first, int count)
    {
        _physical.CommandStarting(_load.TimeoutSeconds, _token);
        int stored;
        try
        {
            using var file = _rows.Read(first, count);
            stored = await _loader.LoadAsync(file, _async).ConfigureAwait(false);
            _physical.Guard.ThrowIfEnded();
        }
        catch (Exception error)
        {
            var other = _physical.Translate(error, _token);
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

        // In this order: the savepoint's own answer takes the warnings away.
        var next = 1 - _mark;
        var answers = await _physical.FirstRowsAsync($"SELECT @@warning_count; SHOW WARNINGS LIMIT 1; SAVEPOINT {Marks[next]}", _async, _token).ConfigureAwait(false);
        if (Convert.ToInt64(answers[0]![0].Value, CultureInfo.InvariantCulture) == 0)
        {
            _mark = next;
            return stored;
        }

        _refusal = new DataException(answers[1] is { } warning ? Convert.ToString(warning[2].Value, CultureInfo.InvariantCulture) : "the server warned of something that max_error_count keeps from being told");
        await ExecuteAsync("ROLLBACK TO SAVEPOINT " + Marks[_mark]).ConfigureAwait(false);
        return null;
    }

    private ValueTask ExecuteAsync(string sql) => _physical.ExecuteAsync(sql, _async, _token);

    /// <summary>Notes of which types the values are.</summary>
    private sealed class BulkTypes : IBulkWriters
    {
        public List<Type> All { get; } = [];

        public BulkWriter<T> Create<T>(int column)
        {
            All.Add(typeof(T));
            return new BulkRow(column + 1).Create<T>(column);
        }
    }
}
