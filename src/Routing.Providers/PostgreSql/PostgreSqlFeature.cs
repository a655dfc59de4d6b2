using Npgsql;

namespace Routing.Providers.PostgreSql;

/// <summary>What <c>UseNpgsql</c> stored.</summary>
internal sealed record PostgreSqlFeature(Action<NpgsqlDataSourceBuilder> Configure);
