namespace Routing;

/// <summary>What a statement needs from a node.</summary>
public enum Intent
{
    /// <summary>A replica may serve it.</summary>
    Read,

    /// <summary>Only the primary may serve it.</summary>
    Write,
}
