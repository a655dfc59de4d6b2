using System.Security.Cryptography;

namespace Routing.Benchmarks.Figures;

/// <summary>Does the harness favour a side? Both do the same work, so the ratio must be 1.</summary>
internal sealed class SameWorkFigure : RatioFigure
{
    private readonly byte[] _input = new byte[1024];
    private readonly byte[] _output = new byte[SHA256.HashSizeInBytes];

    public override string Name => "same-work";

    public override string Peer => "the same hash of 1 KiB";

    protected override Operation OurRun => Hash();

    protected override Operation PeerRun => Hash();

    private Operation Hash() => Operation.Each(() => SHA256.HashData(_input, _output));
}
