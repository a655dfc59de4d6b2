using System.Data;
using System.Data.Common;
using Dapper;

namespace Routing.Mappers;

internal sealed class ExecuteOperation : MapperOperation<int>
{
    public override ValueTask<int> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var definition = Define(command, QueryCacheGuard.Dapper.IsKnown(command.Text), cancellationToken);
        return async ? new(connection.ExecuteAsync(definition)) : new(connection.Execute(definition));
    }

    public override int? RowsOf(int result) => result < 0 ? null : result;
}

internal sealed class ScalarOperation<T> : MapperOperation<T?>
{
    public static readonly ScalarOperation<T> Instance = new();

    public override ValueTask<T?> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var definition = Define(command, QueryCacheGuard.Dapper.IsKnown(command.Text), cancellationToken);
        return RowParser<T>.IsValue ? RowReading.FirstValueAsync<T>(connection, definition, async)
            : async ? new(connection.ExecuteScalarAsync<T>(definition))
            : new(connection.ExecuteScalar<T>(definition));
    }
}

internal sealed class QueryOperation<T> : MapperOperation<IReadOnlyList<T>>
{
    public static readonly QueryOperation<T> Instance = new();

    public override ValueTask<IReadOnlyList<T>> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var isKnown = QueryCacheGuard.Dapper.IsKnown(command.Text);
        var definition = Define(command, isKnown, cancellationToken);
        return !isKnown || RowParser<T>.IsNeeded ? UncachedAsync(connection, definition, async)
            : async ? AsListAsync(connection.QueryAsync<T>(definition))
            : new(connection.Query<T>(definition).AsList());
    }

    public override int? RowsOf(IReadOnlyList<T> result) => result.Count;

    private static async ValueTask<IReadOnlyList<T>> UncachedAsync(DbConnection connection, CommandDefinition definition, bool async) =>
        await RowReading.RunAsync<T>(connection, definition, CommandBehavior.SequentialAccess, int.MaxValue, async).ConfigureAwait(false);

    private static async ValueTask<IReadOnlyList<T>> AsListAsync(Task<IEnumerable<T>> rows) => (await rows.ConfigureAwait(false)).AsList();
}

internal sealed class RowOperation<T> : MapperOperation<T>
{
    private static readonly RowOperation<T>[] Instances =
    [
        new(RowExpectation.First), new(RowExpectation.FirstOrDefault), new(RowExpectation.Single), new(RowExpectation.SingleOrDefault),
    ];

    private readonly RowExpectation _expectation;

    private RowOperation(RowExpectation expectation) => _expectation = expectation;

    public static RowOperation<T> Of(RowExpectation expectation) => Instances[(int)expectation];

    public override ValueTask<T> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var isKnown = QueryCacheGuard.Dapper.IsKnown(command.Text);
        var definition = Define(command, isKnown, cancellationToken);
        return !isKnown || RowParser<T>.IsNeeded ? ChooseAsync(connection, definition, async)
            : async ? new(RunAsync(connection, definition))
            : new(Run(connection, definition));
    }

    private async ValueTask<T> ChooseAsync(DbConnection connection, CommandDefinition definition, bool async)
    {
        var limit = RowReading.LimitOf(_expectation);
        var rows = await RowReading.RunAsync<T>(connection, definition, CommandBehavior.SequentialAccess, limit, async).ConfigureAwait(false);
        return RowReading.Choose(rows, _expectation);
    }

    private Task<T> RunAsync(DbConnection connection, CommandDefinition definition) => _expectation switch
    {
        RowExpectation.First => connection.QueryFirstAsync<T>(definition),
        RowExpectation.FirstOrDefault => connection.QueryFirstOrDefaultAsync<T>(definition)!,
        RowExpectation.Single => connection.QuerySingleAsync<T>(definition),
        _ => connection.QuerySingleOrDefaultAsync<T>(definition)!,
    };

    private T Run(DbConnection connection, CommandDefinition definition) => _expectation switch
    {
        RowExpectation.First => connection.QueryFirst<T>(definition),
        RowExpectation.FirstOrDefault => connection.QueryFirstOrDefault<T>(definition)!,
        RowExpectation.Single => connection.QuerySingle<T>(definition),
        _ => connection.QuerySingleOrDefault<T>(definition)!,
    };
}

internal sealed class ReaderOperation : MapperOperation<DbDataReader>
{
    public override ValueTask<DbDataReader> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var definition = Define(command, QueryCacheGuard.Dapper.IsKnown(command.Text), cancellationToken);
        return MapperOperations.OpenAsync(connection, definition, CommandBehavior.Default, async);
    }
}

internal sealed class MultipleOperation : MapperOperation<MultipleResults>
{
    public override async ValueTask<MultipleResults> RunAsync(
        DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken)
    {
        var definition = Define(command, QueryCacheGuard.Dapper.IsKnown(command.Text), cancellationToken);
        var reader = await MapperOperations.OpenAsync(connection, definition, CommandBehavior.SequentialAccess, async).ConfigureAwait(false);
        return new(reader, command.Arguments, command.DrainsWhenLeft);
    }
}
