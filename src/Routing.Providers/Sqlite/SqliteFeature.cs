using Microsoft.Data.Sqlite;

namespace Routing.Providers.Sqlite;

/// <summary>What <c>UseSqlite</c> stored.</summary>
internal sealed record SqliteFeature(Action<SqliteConnection> Configure);
