using System.Data;
using System.Data.Common;
using Dapper;

namespace Routing.Mappers;

/// <summary>
/// Reads rows without Dapper's query methods: for texts that Dapper must not cache, whose row shapes have to be counted
/// before it compiles readers for them, and for several results.
/// </summary>
internal static class RowReading
{
    /// <summary>Runs the command and reads at most <paramref name="limit"/> rows into objects; the rest is read past.</summary>
    public static async ValueTask<List<T>> RunAsync<T>(
        DbConnection connection, CommandDefinition definition, CommandBehavior behavior, int limit, bool async)
    {
        var cancellationToken = definition.CancellationToken;
        var reader = await MapperOperations.OpenAsync(connection, definition, behavior, async).ConfigureAwait(false);
        try
        {
            var rows = await ReadResultAsync<T>(reader, limit, async, cancellationToken).ConfigureAwait(false);
            await ReadToEndAsync(reader, async, cancellationToken).ConfigureAwait(false);
            Complete(definition.Parameters);
            return rows;
        }
        finally
        {
            await WrappedReader.EndAsync(reader, isAbandoned: false, async).ConfigureAwait(false);
        }
    }

    /// <summary>An error of a later statement in the text comes only when it is reached.</summary>
    public static async ValueTask ReadToEndAsync(DbDataReader reader, bool async, CancellationToken cancellationToken)
    {
        while (async ? await reader.NextResultAsync(cancellationToken).ConfigureAwait(false) : reader.NextResult())
        {
            // Its rows are nobody's.
        }
    }

    public static async ValueTask<List<T>> ReadResultAsync<T>(DbDataReader reader, int limit, bool async, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        if (reader.FieldCount == 0)
        {
            return rows;
        }

        var parser = new RowParser<T>(reader);
        while (async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read())
        {
            if (rows.Count < limit)
            {
                rows.Add(parser.Parse());
            }
        }

        return rows;
    }

    /// <summary>The first column of the first row; the type's default when there is none, or when it is null.</summary>
    public static async ValueTask<T?> FirstValueAsync<T>(DbConnection connection, CommandDefinition definition, bool async)
    {
        var cancellationToken = definition.CancellationToken;
        var reader = await MapperOperations.OpenAsync(connection, definition, CommandBehavior.SequentialAccess, async).ConfigureAwait(false);
        try
        {
            var hasRow = async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read();
            var value = hasRow && !reader.IsDBNull(0) ? new RowParser<T>(reader).Parse() : default;
            await ReadToEndAsync(reader, async, cancellationToken).ConfigureAwait(false);
            Complete(definition.Parameters);
            return value;
        }
        finally
        {
            await WrappedReader.EndAsync(reader, isAbandoned: false, async).ConfigureAwait(false);
        }
    }

    /// <summary>Lets Dapper's parameter objects copy output values to where their owner wants them.</summary>
    public static void Complete(object? arguments) => (arguments as SqlMapper.IParameterCallbacks)?.OnCompleted();

    /// <summary>How many rows have to be looked at to know whether the expectation is met.</summary>
    public static int LimitOf(RowExpectation expectation) => expectation is RowExpectation.First or RowExpectation.FirstOrDefault ? 1 : 2;

    public static T Choose<T>(List<T> rows, RowExpectation expectation) => expectation switch
    {
        RowExpectation.First => rows.First(),
        RowExpectation.FirstOrDefault => rows.FirstOrDefault()!,
        RowExpectation.Single => rows.Single(),
        _ => rows.SingleOrDefault()!,
    };
}
