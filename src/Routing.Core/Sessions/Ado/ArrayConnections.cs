namespace Routing.Sessions;

/// <summary>
/// Dapper decides by the connection type's *name* whether an array stays one parameter (<c>= any(@ids)</c>) or becomes a
/// list of them. A routed connection to PostgreSQL must answer as the driver's would, so it carries that name.
/// </summary>
internal static class ArrayConnections
{
    internal sealed class NpgsqlConnection(RoutingDataSource source) : RoutingConnection(source);
}
