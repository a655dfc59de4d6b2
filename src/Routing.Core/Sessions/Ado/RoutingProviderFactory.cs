using System.Data.Common;

namespace Routing.Sessions;

/// <summary>Makes routed connections, commands and batches of one data source; parameters are the driver's own. Thread-safe.</summary>
internal sealed class RoutingProviderFactory(RoutingDataSource source, DbProviderFactory native) : DbProviderFactory
{
    public override bool CanCreateBatch => native.CanCreateBatch;

    public override DbConnection CreateConnection() => source.CreateConnection();

    public override DbCommand CreateCommand() => new RoutingCommand(source.Source);

    public override DbParameter? CreateParameter() => native.CreateParameter();

    public override DbBatch CreateBatch() =>
        CanCreateBatch ? new RoutingBatch(source.Source) : base.CreateBatch();

    public override DbBatchCommand CreateBatchCommand() =>
        CanCreateBatch ? new RoutingBatchCommand(native) : base.CreateBatchCommand();
}
