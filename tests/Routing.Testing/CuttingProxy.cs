using System.Net.Sockets;

namespace Routing.Testing;

/// <summary>Where bytes go.</summary>
public enum Toward
{
    /// <summary>From the client to the server.</summary>
    Server,

    /// <summary>From the server to the client.</summary>
    Client,
}

/// <summary>
/// Stands between clients and a server on this machine and cuts one connection at a chosen byte: what came before passes,
/// what comes after does not, and both sides see their connection end. Everything else passes as it comes. Dispose it after the client.
/// Thread-safe.
/// </summary>
public sealed class CuttingProxy : LoopbackProxy
{
    private readonly Lock _gate = new();
    private readonly List<Link> _links = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Link? _chosen;
    private Cut? _cut;

    private CuttingProxy(int serverPort)
        : base(serverPort) => Listen();

    /// <summary>One that lets everything pass at first.</summary>
    /// <param name="serverPort">The server's port on this machine.</param>
    public static CuttingProxy InFrontOf(int serverPort) => new(serverPort);

    /// <summary>Waits until one connection is left: that one is counted, and cut, from now on; no other, however many come.</summary>
    /// <param name="bound">How long at most.</param>
    public async Task ChooseAsync(TimeSpan bound)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_links.Count == 1)
                {
                    _chosen = _links[0];
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(bound, End);
        }
    }

    /// <summary>Counts what passes from now on, and cuts nothing.</summary>
    public Cut Measure() => Arm(Toward.Client, long.MaxValue);

    /// <summary>Counts from now on, over the chosen connection or else over all, and cuts the one over which the last byte has passed: once, in place of what was armed before.</summary>
    /// <param name="toward">Which way bytes are counted.</param>
    /// <param name="after">How many pass; with none the first one is held back.</param>
    /// <param name="abruptly">Whether the two sides are told by a reset instead of an end of the stream.</param>
    public Cut Arm(Toward toward, long after, bool abruptly = false)
    {
        var cut = new Cut(toward, after, abruptly);
        lock (_gate)
        {
            _cut = cut;
        }

        return cut;
    }

    /// <summary>Cuts nothing any more.</summary>
    public void Disarm()
    {
        lock (_gate)
        {
            _cut = null;
        }
    }

    /// <summary>Cuts every connection there is now; those that are made from now on pass.</summary>
    /// <param name="abruptly">Whether the two sides are told by a reset instead of an end of the stream.</param>
    public void CutAll(bool abruptly = false)
    {
        lock (_gate)
        {
            foreach (var link in _links)
            {
                link.End(abruptly);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ServeAsync(TcpClient client, TcpClient server)
    {
        var link = new Link(client, server);
        lock (_gate)
        {
            _links.Add(link);
            Tell_NeedsLock();
        }

        try
        {
            await Task.WhenAll(PassAsync(link, Toward.Server), PassAsync(link, Toward.Client));
        }
        finally
        {
            lock (_gate)
            {
                _links.Remove(link);
                Tell_NeedsLock();
            }
        }
    }

    private void Tell_NeedsLock()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task PassAsync(Link link, Toward toward)
    {
        var (from, to) = toward == Toward.Server ? (link.Client, link.Server) : (link.Server, link.Client);
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, End)) > 0)
            {
                Cut? made = null;
                lock (_gate)
                {
                    if (_cut is { } cut && (_chosen is null || _chosen == link) && (read = cut.Take(toward, read, out var isHere)) >= 0 && isHere)
                    {
                        made = cut;
                        _cut = null;
                    }
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), End);
                if (made is not null)
                {
                    link.End(made.IsAbrupt);
                    return;
                }
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (IsEnd(error))
        {
            // What one side does not say any more, the other waits for in vain.
            link.End(abruptly: false);
        }
    }

    /// <summary>What was counted since it was armed, and whether a connection was cut. Thread-safe.</summary>
    public sealed class Cut
    {
        private readonly Toward _toward;
        private readonly long _after;
        private readonly List<long>[] _marks = [[], []];
        private volatile bool _isMade;

        internal Cut(Toward toward, long after, bool abruptly)
        {
            _toward = toward;
            _after = after;
            IsAbrupt = abruptly;
        }

        /// <summary>Whether it was made.</summary>
        public bool IsMade => _isMade;

        internal bool IsAbrupt { get; }

        /// <summary>How many bytes had passed after each piece that came: where messages end.</summary>
        /// <param name="toward">Which way.</param>
        public IReadOnlyList<long> Marks(Toward toward)
        {
            lock (_marks)
            {
                return [.. _marks[(int)toward]];
            }
        }

        /// <summary>How many of the bytes that came may pass.</summary>
        internal int Take(Toward toward, int read, out bool isHere)
        {
            lock (_marks)
            {
                var marks = _marks[(int)toward];
                var before = marks.Count == 0 ? 0 : marks[^1];
                var passes = toward == _toward ? (int)Math.Min(read, _after - before) : read;
                marks.Add(before + passes);
                isHere = _isMade = toward == _toward && before + passes == _after;
                return passes;
            }
        }
    }

    private sealed class Link(TcpClient client, TcpClient server)
    {
        public TcpClient Client { get; } = client;

        public TcpClient Server { get; } = server;

        public void End(bool abruptly)
        {
            foreach (var side in (TcpClient[])[Client, Server])
            {
                try
                {
                    if (abruptly)
                    {
                        side.Client.LingerState = new LingerOption(enable: true, seconds: 0);
                    }

                    side.Close();
                }
                catch (Exception error) when (error is ObjectDisposedException or SocketException or NullReferenceException)
                {
                    // Closed already.
                }
            }
        }
    }
}
