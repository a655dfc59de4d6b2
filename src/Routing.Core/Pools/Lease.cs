using System.Data.Common;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Pools;

/// <summary>
/// A rented connection. A small struct with a version, so that returning twice or using it after return throws instead
/// of touching the next holder's connection. Return it once, by <see cref="ReturnAsync"/> or dispose.
/// </summary>
internal readonly struct Lease(PoolEntry entry, int version) : IAsyncDisposable
{
    /// <summary>False for <c>default</c>.</summary>
    public bool IsHeld => entry is not null;

    /// <summary>What mappers run on: the facade over the physical connection.</summary>
    public DbConnection Connection => Checked.Facade;

    public PhysicalConnection Physical => Checked.Physical;

    private PoolEntry Entry => entry ?? throw CodedErrors.Bug("the lease was never rented.");

    private PoolEntry Checked => Entry.Check(version);

    /// <summary>
    /// Says which object returns it. Where that is never disposed and the garbage collector finds it, the connection is
    /// closed and logged as leaked, and <paramref name="onLost"/> is called instead of a return.
    /// </summary>
    /// <param name="holder">The object; it must be reachable while the connection is used.</param>
    /// <param name="tag">What errors call it when it has no owner.</param>
    /// <param name="onLost">Must not reference <paramref name="holder"/>.</param>
    public void Watch(object holder, string tag, Action onLost) => Checked.Watched(version, holder, tag, onLost);

    /// <summary>Notes what its holder may leave behind; decides how it is reset at return.</summary>
    public void Soil(Dirt dirt) => Checked.Soil(dirt);

    /// <summary>Closes the physical connection at return instead of reusing it.</summary>
    public void Discard() => Checked.Discard();

    /// <summary>
    /// Gives the connection back. Never throws for what happened on the connection; throws <see cref="InvalidOperationException"/>
    /// when it was given back before.
    /// </summary>
    public ValueTask ReturnAsync(bool async) => Entry.ReturnAsync(version, async);

    public ValueTask DisposeAsync() => ReturnAsync(async: true);
}
