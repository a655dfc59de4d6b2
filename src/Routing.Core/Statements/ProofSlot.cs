namespace Routing.Statements;

/// <summary>What a catalog said about a text.</summary>
/// <param name="Catalog">Which catalog.</param>
/// <param name="Text">Which text: a copy of a statement with another text carries the proof of the first along.</param>
/// <param name="IsClean">Whether it provably leaves nothing.</param>
internal sealed record CatalogProof(Catalog Catalog, string Text, bool IsClean);

/// <summary>
/// Keeps the newest proof with its statement, so that a statement is proven once per catalog. Two statements are equal
/// whatever was proven about them. Thread-safe: the proof is immutable and goes in by one reference.
/// </summary>
internal struct ProofSlot : IEquatable<ProofSlot>
{
    private volatile CatalogProof? _newest;

    /// <summary>The proof of this text in this catalog; null when there is none yet.</summary>
    public readonly CatalogProof? Of(string text, Catalog catalog) =>
        _newest is { } proof && ReferenceEquals(proof.Catalog, catalog) && ReferenceEquals(proof.Text, text) ? proof : null;

    public CatalogProof Keep(CatalogProof proof)
    {
        _newest = proof;
        return proof;
    }

    public readonly bool Equals(ProofSlot other) => true;

    public override readonly bool Equals(object? obj) => obj is ProofSlot;

    public override readonly int GetHashCode() => 0;
}
