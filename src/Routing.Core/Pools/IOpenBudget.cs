namespace Routing.Pools;

/// <summary>
/// A limit above the lanes, asked before each open. Both calls come under a lane's lock: neither may block, call back into
/// a lane, or run anything of another lane on this thread.
/// </summary>
internal interface IOpenBudget
{
    /// <summary>
    /// Takes the right to one connection. When there is none left, remembers <paramref name="whenFreed"/> (once, however
    /// often it is given) and calls it from another thread when one comes back.
    /// </summary>
    bool TryTake(Action whenFreed);

    /// <summary>Gives the right to one connection back: its close has ended, or its open has failed.</summary>
    void GiveBack();
}
