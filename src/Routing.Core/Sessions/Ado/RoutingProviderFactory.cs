using System.Data.Common;
using Routing.Diagnostics;

namespace Routing.Sessions;

/// <summary>Makes routed connections, commands, batches and adapters of one data source; parameters are the driver's own. Thread-safe.</summary>
internal sealed class RoutingProviderFactory(RoutingDataSource source, DbProviderFactory native) : DbProviderFactory
{
    public override bool CanCreateBatch => native.CanCreateBatch;

    public override bool CanCreateDataAdapter => true;

    public override bool CanCreateCommandBuilder => false;

    public override bool CanCreateDataSourceEnumerator => false;

    public override DbConnection CreateConnection() => source.CreateConnection();

    public override DbCommand CreateCommand() => new RoutingCommand(source.Source);

    public override DbParameter? CreateParameter() => native.CreateParameter();

    public override DbBatch CreateBatch() =>
        CanCreateBatch ? new RoutingBatch(source.Source) : throw NoBatches(source.Source.Engine);

    public override DbBatchCommand CreateBatchCommand() =>
        CanCreateBatch ? new RoutingBatchCommand(native) : throw NoBatches(source.Source.Engine);

    public override DbDataAdapter CreateDataAdapter() => new RoutingDataAdapter();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new RoutingConnectionStringBuilder();

    /// <summary>The data source itself, which it outlives: there is no second one to one configuration.</summary>
    public override DbDataSource CreateDataSource(string connectionString) =>
        new RoutingConnectionStringBuilder { ConnectionString = connectionString }.DataSource is { } name
        && name.Equals(source.Source.Name, StringComparison.OrdinalIgnoreCase)
            ? source
            : throw CodedErrors.NotSupported(ErrorCodes.FixedConnection, $"This factory makes data source '{source.Source.Name}' only. Take another from 'IRoutingDatabases', by its name.");

    public override DbCommandBuilder CreateCommandBuilder() =>
        throw CodedErrors.NotSupported(ErrorCodes.NotInAdoNet, "Routing writes no SQL, so it has no DbCommandBuilder. Set the adapter's InsertCommand, UpdateCommand and DeleteCommand.");

    public override DbDataSourceEnumerator CreateDataSourceEnumerator() =>
        throw CodedErrors.NotSupported(ErrorCodes.NotInAdoNet, "Routing does not look for servers, so it has no DbDataSourceEnumerator. The data sources there are: 'IRoutingDatabases'.");

    internal static NotSupportedException NoBatches(Engine engine) =>
        CodedErrors.NotSupported(ErrorCodes.NotInAdoNet, $"The driver of {engine.Name} has no batches ('CanCreateBatch' is false). Run the commands one by one, in a transaction if they belong together.");

    // Everything it does is in the base class, over the commands it is given.
    private sealed class RoutingDataAdapter : DbDataAdapter;
}
