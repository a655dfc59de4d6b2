using System.Data.Common;
using Routing.Drivers;

namespace Routing.Pools;

/// <summary>What a <see cref="Lease"/> points at: one physical connection, its facade, and who may use it now.</summary>
internal abstract class PoolEntry
{
    public abstract PhysicalConnection Physical { get; }

    public abstract DbConnection Facade { get; }

    /// <summary>Throws <see cref="ObjectDisposedException"/> when the lease of <paramref name="version"/> has ended.</summary>
    public abstract PoolEntry Check(int version);

    /// <summary>Ties the lease of <paramref name="version"/> to an object: where that is never disposed, the lease ends with it. Default: ignored.</summary>
    public virtual void Watched(int version, object holder, string tag, Action onLost)
    {
    }

    public abstract void Soil(Dirt dirt);

    public abstract void Discard();

    public abstract ValueTask ReturnAsync(int version, bool async);
}
