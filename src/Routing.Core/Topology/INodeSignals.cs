namespace Routing.Topology;

/// <summary>
/// What those who run statements tell those who watch nodes. Both calls are cheap, never block and never throw; an
/// unknown node is ignored. Thread-safe.
/// </summary>
internal interface INodeSignals
{
    /// <summary>A statement met a lost connection, a refused connect or a wrong role: the node becomes suspect and is probed at once.</summary>
    void ReportFailure(int nodeId);

    /// <summary>Asks for a fresh position and role soon. Calls that come close together share one probe.</summary>
    void RequestProbe(int nodeId);
}

/// <summary>Nobody watches.</summary>
internal sealed class NoNodeSignals : INodeSignals
{
    public static readonly NoNodeSignals Instance = new();

    private NoNodeSignals()
    {
    }

    public void ReportFailure(int nodeId)
    {
    }

    public void RequestProbe(int nodeId)
    {
    }
}
