using System.Data.Common;
using Dapper;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>
/// One way of running a command and mapping what it returns. Stateless: there is one instance per operation and type, so
/// that a call carries no closure. Thread-safe.
/// </summary>
internal abstract class MapperOperation<TResult>
{
    /// <summary>Runs the command. With <paramref name="async"/> false the returned task is complete.</summary>
    public abstract ValueTask<TResult> RunAsync(DbConnection connection, MapperCommand command, bool async, CancellationToken cancellationToken);

    /// <summary>How many rows the result stands for, read or affected; null when nobody counted.</summary>
    public virtual int? RowsOf(TResult result) => null;

    /// <summary>The command as Dapper takes it; cached there only when the text is known to come again.</summary>
    protected static CommandDefinition Define(in MapperCommand command, bool isKnown, CancellationToken cancellationToken) =>
        MapperOperations.Define(command, isKnown, cancellationToken);
}
