using System.Data;
using System.Data.Common;

namespace Routing.Sessions;

/// <summary>Which of a driver's metadata is asked for. Drivers tell the three forms of the question apart, so each goes through as it came.</summary>
internal readonly record struct SchemaRequest(string? Collection, string?[]? Restrictions)
{
    public DataTable Ask(DbConnection connection) =>
        Collection is null ? connection.GetSchema()
        : Restrictions is null ? connection.GetSchema(Collection)
        : connection.GetSchema(Collection, Restrictions);

    public Task<DataTable> AskAsync(DbConnection connection, CancellationToken ct) =>
        Collection is null ? connection.GetSchemaAsync(ct)
        : Restrictions is null ? connection.GetSchemaAsync(Collection, ct)
        : connection.GetSchemaAsync(Collection, Restrictions, ct);
}
