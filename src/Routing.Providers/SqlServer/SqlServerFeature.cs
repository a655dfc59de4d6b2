using Microsoft.Data.SqlClient;

namespace Routing.Providers.SqlServer;

/// <summary>What <c>UseSqlClient</c> stored.</summary>
internal sealed record SqlServerFeature(Action<SqlConnection> Configure);
