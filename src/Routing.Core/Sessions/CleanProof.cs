using System.Runtime.CompilerServices;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Says of a statement about to run on a node what it may leave on its connection. By its text alone, unless connections
/// are reset only when dirty: then what is behind the names in the text counts too, as the node's <see cref="Catalog"/>
/// tells; what nobody has proven is dirt. Thread-safe; a statement that was proven before costs a few compares.
/// </summary>
internal sealed class CleanProof(IStatementClassifier classifier, bool byCatalog, CatalogWatch? catalogs)
{
    /// <summary>A longer text is kept by no cache, so it would be proven at each use; a reset is cheaper.</summary>
    private const int LongestText = StatementCache.LongestText;

    public static CleanProof Create(Engine engine, ResetMode reset, CatalogWatch? catalogs) =>
        new(engine.Classifier, byCatalog: reset == ResetMode.WhenDirty && !engine.TextIsProof, catalogs);

    /// <summary>What the statement may leave, however it ends.</summary>
    public Dirt DirtOf(Statement statement, Node node)
    {
        if (!byCatalog)
        {
            return statement.Dirties ? ByText(statement) : Dirt.None;
        }

        if (statement.Parts is { } parts)
        {
            return OfParts(parts, node);
        }

        if (statement.Dirties && statement.Effect != SessionEffect.Unknown)
        {
            return ByText(statement);
        }

        var catalog = catalogs?.Of(node);
        if (catalog is not null && statement.Proof.Of(statement.Text, catalog) is { IsClean: true })
        {
            return Dirt.None;
        }

        return Prove(statement, node, catalog);
    }

    private static Dirt ByText(Statement statement)
    {
        var dirt = statement.Effect switch
        {
            SessionEffect.SetsSessionState => Dirt.SessionState,
            SessionEffect.ControlsTransaction when statement.StatementCount == 1 => Dirt.Transaction | Dirt.SessionState,
            SessionEffect.ControlsTransaction => Dirt.Transaction | Dirt.SessionState | Dirt.Unknown,
            _ => Dirt.Unknown,
        };
        dirt |= statement.Aftermath.HasFlag(StatementAftermath.Plans) ? Dirt.Plans : Dirt.None;
        return statement.Aftermath.HasFlag(StatementAftermath.Lasting) ? dirt | Dirt.Lasting : dirt;
    }

    private Dirt OfParts(IReadOnlyList<Statement> parts, Node node)
    {
        var dirt = Dirt.None;
        foreach (var part in parts)
        {
            dirt |= DirtOf(part, node);
        }

        return dirt;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Dirt Prove(Statement statement, Node node, Catalog? catalog)
    {
        if (catalogs is null || statement.Text.Length > LongestText)
        {
            return Unproven(statement);
        }

        if (catalog is null)
        {
            catalogs.Want(node);
            return Unproven(statement);
        }

        var proof = statement.Proof.Of(statement.Text, catalog);
        if (proof is null)
        {
            var doubt = classifier.Doubt(statement.Text, catalog);
            proof = statement.Proof.Keep(new CatalogProof(catalog, statement.Text, IsClean: doubt is null));
            if (doubt is not null)
            {
                // What it names may have been made since the catalog was read.
                catalogs.NoteDoubt(node, statement.Summary, doubt);
            }
        }

        return proof.IsClean ? Dirt.None : Unproven(statement);
    }

    private static Dirt Unproven(Statement statement) => statement.Dirties ? ByText(statement) : Dirt.Unproven;
}
