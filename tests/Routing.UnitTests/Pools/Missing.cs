namespace Routing.UnitTests.Pools;

/// <summary>Which parts of the protocol the explored pool lacks.</summary>
[Flags]
internal enum Missing
{
    None = 0,

    /// <summary>The fence between raising the signal and looking for idle connections.</summary>
    FenceAfterSignal = 1,

    /// <summary>The look at the signal after a connection was put back.</summary>
    LookAfterPutBack = 2,

    /// <summary>The look for idle connections after the signal was raised.</summary>
    LookAfterSignal = 4,

    /// <summary>The swap in a rent: the free entry is written as leased without a check.</summary>
    SwapInRent = 8,

    /// <summary>The swap in a return: two returns of one lease both succeed.</summary>
    SwapInReturn = 16,

    /// <summary>The check whether a cancelled waiter was served meanwhile.</summary>
    SettleOnce = 32,

    /// <summary>The drive at the end of an open that failed.</summary>
    DriveAfterOpen = 64,

    /// <summary>The sweep of a put-back that did not know of a clear.</summary>
    SweepAfterPutBack = 128,

    /// <summary>The look, when a time-out is about to end a wait, whether that wait is still on.</summary>
    LookAtTimeOut = 256,

    /// <summary>The close of what was being opened when the pool was cleared or disposed.</summary>
    CloseOldOpen = 512,

    /// <summary>The refusal of those who come to wait after the disposal.</summary>
    RefuseAfterDispose = 1024,

    /// <summary>The end of all waits at the disposal.</summary>
    EndWaitsAtDispose = 2048,

    /// <summary>The look, in a rent without the lock, whether a free connection is of the generation that the signal tells.</summary>
    LookAtGeneration = 4096,
}
