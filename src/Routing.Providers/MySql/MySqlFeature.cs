using System.Data.Common;

namespace Routing.Providers.MySql;

/// <summary>What <c>UseMySql</c> stored.</summary>
internal sealed record MySqlFeature(Action<DbConnection> Configure);
