namespace Routing.Diagnostics;

/// <summary>The attributes of spans and measurements: OpenTelemetry's stable names for database clients, then our own.</summary>
internal static class Tags
{
    public const string System = "db.system.name";
    public const string Namespace = "db.namespace";
    public const string Summary = "db.query.summary";
    public const string Text = "db.query.text";
    public const string BatchSize = "db.operation.batch.size";
    public const string StatusCode = "db.response.status_code";
    public const string ErrorType = "error.type";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";

    public const string DataSource = "routing.data_source";
    public const string Shard = "routing.shard";
    public const string Node = "routing.node";
    public const string Role = "routing.role";
    public const string Lane = "routing.lane";
    public const string Reason = "routing.reason";
    public const string Intent = "routing.intent";
    public const string Class = "routing.statement.class";
    public const string Wait = "routing.pool.wait_time";
    public const string Reruns = "routing.reruns";
    public const string Attempts = "routing.transaction.attempts";
}
