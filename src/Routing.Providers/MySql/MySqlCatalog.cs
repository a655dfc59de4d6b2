using System.Data.Common;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.MySql;

/// <summary>
/// Reads the definitions of the connection's database from its <c>information_schema</c>: which of its tables have no triggers,
/// which of its views and functions run nothing but what is proven. What its user may not see is not proven. Stateless.
/// </summary>
internal sealed class MySqlCatalog(SqlClassifier classifier) : ICatalogReader
{
    // Thousands of tables take a second or two; a server that hangs must not hold a connection for ever.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public async ValueTask<string> FingerprintAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var fingerprint = "";
        await AskAsync(connection, MySqlCatalogQueries.Fingerprint, row => fingerprint = row.GetString(0), cancellationToken).ConfigureAwait(false);
        return fingerprint;
    }

    public async ValueTask<(Catalog Catalog, string Fingerprint)> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // There is no one moment to read in: what changed meanwhile shows as another fingerprint at the next look.
        var fingerprint = await FingerprintAsync(connection, cancellationToken).ConfigureAwait(false);
        var builder = new CatalogBuilder(classifier);
        foreach (var query in MySqlCatalogQueries.All)
        {
            await AskAsync(connection, query, row => Tell(row, builder), cancellationToken).ConfigureAwait(false);
        }

        return (builder.Build(), fingerprint);
    }

    private static async ValueTask AskAsync(DbConnection connection, string query, Action<DbDataReader> tell, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = query;
            command.CommandTimeout = 0;
            var reader = await command.ExecuteReaderAsync(cancellationToken).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    tell(reader);
                }
            }
        }
    }

    /// <summary>Every row is: what to do, of which key, for which use, and two texts more.</summary>
    private static void Tell(DbDataReader row, CatalogBuilder builder)
    {
        var key = row.GetString(1);
        var use = UseOf(row.GetString(2));
        var first = row.IsDBNull(3) ? "" : row.GetString(3);
        var second = row.IsDBNull(4) ? "" : row.GetString(4);
        switch (row.GetString(0))
        {
            case "relation":
                AddRelation(builder, key, first, second);
                break;
            case "function":
#pragma warning disable CA1308 // As the lexer folds names that are not quoted.
                builder.AddFunction(key, first.ToLowerInvariant());
#pragma warning restore CA1308
                break;
            case "distrust":
                builder.Distrust(key, use);
                break;
            case "runs":
                builder.Runs(key, use, Runnable(first));
                break;
        }
    }

    /// <summary>The lexer folds a name that is not quoted; the server may tell Orders from orders. Both lead to the table, and two tables of one folded name count as one.</summary>
    private static void AddRelation(CatalogBuilder builder, string key, string schema, string name)
    {
        builder.AddRelation(key, schema, name);
#pragma warning disable CA1308 // As the lexer folds names that are not quoted.
        var (foldedSchema, folded) = (schema.ToLowerInvariant(), name.ToLowerInvariant());
#pragma warning restore CA1308
        if (folded != name || foldedSchema != schema)
        {
            var alias = key + "\0folded";
            builder.AddRelation(alias, foldedSchema, folded);
            builder.DependsOn(alias, CatalogUse.Read, key, CatalogUse.Read);
            builder.DependsOn(alias, CatalogUse.Write, key, CatalogUse.Write);
        }
    }

    private static CatalogUse UseOf(string use) => use switch
    {
        "r" => CatalogUse.Read,
        "w" => CatalogUse.Write,
        _ => CatalogUse.Any,
    };

    /// <summary>A function of one expression is written RETURN expression; anything longer is not read.</summary>
    private static string Runnable(string definition)
    {
        const string Return = "RETURN";
        var text = definition.Trim();
        return text.StartsWith(Return, StringComparison.OrdinalIgnoreCase) && text.Length > Return.Length && !char.IsLetterOrDigit(text[Return.Length])
            ? string.Concat("SELECT ", text.AsSpan(Return.Length))
            : text;
    }
}
