using System.Data.Common;
using Npgsql;
using Routing.Sessions;
using Routing.Statements;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// Reads a database's definitions from its catalogs, in one transaction that sees one moment and writes nothing. The
/// questions (<see cref="PostgreSqlCatalogQueries"/>) answer in the builder's own terms; here they are only handed on.
/// Stateless.
/// </summary>
internal sealed class PostgreSqlCatalog(SqlClassifier classifier) : ICatalogReader
{
    // A catalog of thousands of tables is read in well under a second; a server that hangs must not hold a connection for ever.
    private const int TimeoutSeconds = 15;

    public async ValueTask<string> FingerprintAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(PostgreSqlCatalogQueries.Fingerprint, (NpgsqlConnection)connection) { CommandTimeout = TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    public async ValueTask<(Catalog Catalog, string Fingerprint)> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var npgsql = (NpgsqlConnection)connection;
        var transaction = await npgsql.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Definitions are shown as the search path of their reader needs them; with this one every name of a user's is qualified.
            await RunAsync(npgsql, "SET TRANSACTION READ ONLY", cancellationToken).ConfigureAwait(false);
            await RunAsync(npgsql, "SET LOCAL search_path = pg_catalog", cancellationToken).ConfigureAwait(false);
            var fingerprint = await FingerprintAsync(npgsql, cancellationToken).ConfigureAwait(false);
            var builder = new CatalogBuilder(classifier);
            foreach (var query in PostgreSqlCatalogQueries.All)
            {
                await AskAsync(npgsql, query, builder, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return (builder.Build(), fingerprint);
        }
    }

    private static async ValueTask RunAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(text, connection) { CommandTimeout = TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask AskAsync(NpgsqlConnection connection, string query, CatalogBuilder builder, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection) { CommandTimeout = TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Tell(reader, builder);
                }
            }
        }
    }

    /// <summary>Every row is: what to do, of which key, for which use, and two texts more.</summary>
    private static void Tell(NpgsqlDataReader row, CatalogBuilder builder)
    {
        var key = row.GetString(1);
        var use = UseOf(row.GetString(2));
        var first = row.IsDBNull(3) ? "" : row.GetString(3);
        var second = row.IsDBNull(4) ? "" : row.GetString(4);
        switch (row.GetString(0))
        {
            case "relation":
                builder.AddRelation(key, first, second);
                break;
            case "function":
                builder.AddFunction(key, first);
                break;
            case "type":
                builder.AddType(key, first);
                break;
            case "nameless":
                builder.AddNameless(key);
                break;
            case "distrust":
                builder.Distrust(key, use);
                break;
            case "depends":
                builder.DependsOn(key, use, first, UseOf(second));
                break;
            case "runs":
                builder.Runs(key, use, Runnable(first), mayAdvanceSequences: second == "nextval");
                break;
            case "operator":
                builder.AddOperator(first, key);
                break;
            case "everywhere":
                builder.AddEverywhere(key, first);
                break;
            case "distrust all":
                builder.DistrustAll(first);
                break;
        }
    }

    private static CatalogUse UseOf(string use) => use switch
    {
        "r" => CatalogUse.Read,
        "w" => CatalogUse.Write,
        _ => CatalogUse.Any,
    };

    /// <summary>The body of a function in the standard's form is written RETURN expression, or BEGIN ATOMIC statements END.</summary>
    private static string Runnable(string definition)
    {
        const string Atomic = "BEGIN ATOMIC";
        var text = definition.Trim();
        if (text.StartsWith("RETURN ", StringComparison.Ordinal))
        {
            return string.Concat("SELECT ", text.AsSpan("RETURN ".Length));
        }

        return text.StartsWith(Atomic, StringComparison.Ordinal) && text.EndsWith("END", StringComparison.Ordinal)
            ? text[Atomic.Length..^"END".Length]
            : text;
    }
}
