using System.Data.Common;
using Routing.Statements;

namespace Routing.Sessions;

/// <summary>
/// Reads what a database's own definitions make of the names in statements, for <c>Pool:Reset</c> = <c>WhenDirty</c>.
/// Thread-safe; each call has the connection for itself and leaves nothing on it.
/// </summary>
public interface ICatalogReader
{
    /// <summary>A text that changes whenever a definition does: a cheap question, asked again and again.</summary>
    /// <param name="connection">The driver's own open connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<string> FingerprintAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Reads all definitions, and the fingerprint of the same moment.</summary>
    /// <param name="connection">The driver's own open connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<(Catalog Catalog, string Fingerprint)> ReadAsync(DbConnection connection, CancellationToken cancellationToken);
}
