namespace Routing.LocalServers;

/// <summary>What was last done to a node.</summary>
public enum NodeState
{
    /// <summary>Not running: never started, stopped or killed.</summary>
    Stopped,

    /// <summary>Running.</summary>
    Running,

    /// <summary>All its processes are suspended: connections stay open, nothing answers.</summary>
    Frozen,
}

/// <summary>How a node of PostgreSQL is asked to stop.</summary>
public enum StopMode
{
    /// <summary>Sessions are ended with an error (57P01) and a checkpoint is written; a standby has received everything.</summary>
    Fast,

    /// <summary>All processes quit at once (57P02), and the next start recovers as after a crash.</summary>
    Immediate,
}
