using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>The operations there are.</summary>
internal static class MapperOperations
{
    // Without SingleResult: Dapper leaves it out as well, so that errors of later statements in the text are seen.
    private const CommandBehavior StreamBehavior = CommandBehavior.SequentialAccess;

    /// <summary>Runs a statement; the number of rows it affected. Given a list of argument objects, runs it once for each.</summary>
    public static MapperOperation<int> Execute { get; } = new ExecuteOperation();

    /// <summary>The rows as a reader, which ends the command when it is disposed.</summary>
    public static MapperOperation<DbDataReader> Reader { get; } = new ReaderOperation();

    /// <summary>Several results, read one after the other.</summary>
    public static MapperOperation<MultipleResults> Multiple { get; } = new MultipleOperation();

    /// <summary>All rows.</summary>
    public static MapperOperation<IReadOnlyList<T>> Query<T>() => QueryOperation<T>.Instance;

    /// <summary>One row, by what is expected of their number.</summary>
    public static MapperOperation<T> Row<T>(RowExpectation expectation) => RowOperation<T>.Of(expectation);

    /// <summary>The first row; an <see cref="InvalidOperationException"/> when there is none.</summary>
    public static MapperOperation<T> First<T>() => RowOperation<T>.Of(RowExpectation.First);

    /// <summary>The first row; the type's default when there is none.</summary>
    public static MapperOperation<T?> FirstOrDefault<T>() => RowOperation<T>.Of(RowExpectation.FirstOrDefault)!;

    /// <summary>The only row; an <see cref="InvalidOperationException"/> when there is none or more than one.</summary>
    public static MapperOperation<T> Single<T>() => RowOperation<T>.Of(RowExpectation.Single);

    /// <summary>The only row; the type's default when there is none, an <see cref="InvalidOperationException"/> when there is more than one.</summary>
    public static MapperOperation<T?> SingleOrDefault<T>() => RowOperation<T>.Of(RowExpectation.SingleOrDefault)!;

    /// <summary>The first column of the first row; the type's default when there is none.</summary>
    public static MapperOperation<T?> Scalar<T>() => ScalarOperation<T>.Instance;

    /// <summary>
    /// The rows one by one as the server sends them. Whoever stops early cancels the command, so that the rest need not be
    /// read to reach the connection's end of it.
    /// </summary>
    public static async IAsyncEnumerable<T> Stream<T>(
        DbConnection connection, MapperCommand command, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var definition = Define(command, QueryCacheGuard.Dapper.IsKnown(command.Text), cancellationToken);
        var reader = await connection.ExecuteReaderAsync(definition, StreamBehavior).ConfigureAwait(false);
        var isAbandoned = false;
        try
        {
            if (reader.FieldCount > 0)
            {
                var parser = new RowParser<T>(reader);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var row = parser.Parse();
                    isAbandoned = true;
                    yield return row;
                    isAbandoned = false;
                }
            }

            await RowReading.ReadToEndAsync(reader, async: true, cancellationToken).ConfigureAwait(false);
            RowReading.Complete(command.Arguments);
        }
        finally
        {
            await WrappedReader.EndAsync(reader, isAbandoned && !command.DrainsWhenLeft, async: true).ConfigureAwait(false);
        }
    }

    internal static CommandDefinition Define(in MapperCommand command, bool isKnown, CancellationToken cancellationToken) => new(
        command.Text,
        command.Arguments is PositionalValues values ? values.Count == 0 ? null : new PositionalArguments(values) : command.Arguments,
        transaction: null,
        command.TimeoutSeconds,
        command.CommandType,
        isKnown ? CommandFlags.Buffered : CommandFlags.Buffered | CommandFlags.NoCache,
        cancellationToken);

    internal static async ValueTask<DbDataReader> OpenAsync(
        DbConnection connection, CommandDefinition definition, CommandBehavior behavior, bool async) =>
        async
            ? await connection.ExecuteReaderAsync(definition, behavior).ConfigureAwait(false)
            : (DbDataReader)connection.ExecuteReader(definition, behavior);
}
