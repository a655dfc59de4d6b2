using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Peers;

/// <summary>One kind of everyday work, as something any peer can be given to do over and over. Stateless.</summary>
/// <param name="Once">Does it once; the number says which order it is about, and grows with each call.</param>
internal sealed record Work(Func<Peer, long, ValueTask> Once)
{
    /// <summary>One row by key.</summary>
    public static Work PointRead { get; } = new(static async (peer, n) => await peer.ReadAsync(Key(n)));

    /// <summary>A list of a hundred rows.</summary>
    public static Work List { get; } = new(static async (peer, n) => await peer.ListAsync(Key(n * Peer.ListLength) - 1));

    /// <summary>One row inserted by itself.</summary>
    public static Work Insert { get; } = new(static (peer, n) => peer.InsertAsync(Key(n), 1));

    /// <summary>A row changed and a row inserted in one transaction.</summary>
    public static Work Transaction { get; } = new(static (peer, n) => peer.PayAsync(Key(n), 1));

    /// <summary>Ten thousand rows, one by one.</summary>
    public static Work Stream { get; } = new(static async (peer, _) => await peer.SumAsync());

    /// <summary>The work as an operation of one peer.</summary>
    public Operation By(Peer peer)
    {
        long n = 0;
        return Operation.Each(() => Once(peer, n++));
    }

    // A multiple of the list's length, so that a list that starts at any hundred is full.
    private static long Key(long n) => (n % OrderRow.Count) + 1;
}
