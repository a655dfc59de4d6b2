using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Routing.Testing;

/// <summary>
/// Stands between clients and a server on this machine and plays a network that fails without a word: no reset and no end of
/// stream tells either side. What clients send is taken from them all the while, as a kernel would, and kept. Dispose it
/// after the client. Thread-safe.
/// </summary>
public sealed class SilencingProxy : IAsyncDisposable
{
    private const int BeginningLength = 64;

    private static readonly TimeSpan NoAnswer = TimeSpan.FromMilliseconds(200);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _server;
    private readonly Lock _gate = new();
    private readonly List<Link> _links = [];
    private readonly List<TcpClient> _backlog = [];
    private readonly List<List<byte>> _beginnings = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _silence;
    private TaskCompletionSource? _deafness;
    private int _most;
    private int _mostAnswered = int.MaxValue;

    private SilencingProxy(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);

        // As short as the system allows, so that a few connections fill it.
        _listener.Start(1);
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many clients have been connected at once, at most; since <see cref="GoSilent"/>, if that was called.</summary>
    public int MostConnected => Volatile.Read(ref _most);

    /// <summary>How many clients are connected now.</summary>
    public int Connected
    {
        get
        {
            lock (_gate)
            {
                return _links.Count;
            }
        }
    }

    /// <summary>The first bytes that each client has sent, of those that have sent any.</summary>
    public IReadOnlyList<byte[]> Beginnings
    {
        get
        {
            lock (_gate)
            {
                return [.. _beginnings.Where(static sent => sent.Count > 0).Select(static sent => sent.ToArray())];
            }
        }
    }

    /// <summary>One that lets everything pass at first.</summary>
    /// <param name="serverPort">The server's port on this machine.</param>
    public static SilencingProxy InFrontOf(int serverPort) => new(serverPort);

    /// <summary>From now on connecting succeeds and nothing is answered, to anybody, until <see cref="Resume"/>.</summary>
    public void GoSilent() => Silence(established: true);

    /// <summary>The same for connections that are made from now on; those that are there go on.</summary>
    public void SilenceNewcomers() => Silence(established: false);

    /// <summary>Connections that are made from now on get so many bytes of the server's and no more.</summary>
    public void LimitAnswers(int bytes) => Volatile.Write(ref _mostAnswered, bytes);

    /// <summary>The other side of all present connections is gone for ever and nobody says so; connections made from now on pass.</summary>
    public void Vanish()
    {
        lock (_gate)
        {
            foreach (var link in _links)
            {
                link.Held = new TaskCompletionSource();
            }
        }
    }

    /// <summary>From now on, until <see cref="Resume"/>, not even connecting succeeds: the queue of the listener is full, and the system drops what comes.</summary>
    public async Task FillBacklogAsync()
    {
        lock (_gate)
        {
            _deafness ??= new TaskCompletionSource();
        }

        while (true)
        {
            var filler = new TcpClient();
            _backlog.Add(filler);
            using var limit = new CancellationTokenSource(NoAnswer);
            try
            {
                await filler.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>What was held back passes on, except on connections whose other side has vanished.</summary>
    public void Resume()
    {
        TaskCompletionSource? silence, deafness;
        lock (_gate)
        {
            (silence, deafness) = (_silence, _deafness);
            (_silence, _deafness) = (null, null);
            foreach (var link in _links.Where(link => ReferenceEquals(link.Held, silence)))
            {
                link.Held = null;
            }
        }

        foreach (var filler in _backlog)
        {
            filler.Dispose();
        }

        _backlog.Clear();
        silence?.SetResult();
        deafness?.SetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Resume();
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private static bool IsEnd(Exception error) =>
        error is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException;

    private void Silence(bool established)
    {
        lock (_gate)
        {
            _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _most = established ? 0 : _most;
            foreach (var link in _links.Where(link => established && link.Held is null))
            {
                link.Held = _silence;
            }
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                if (Volatile.Read(ref _deafness) is { } deafness)
                {
                    await deafness.Task.WaitAsync(_end.Token);
                }

                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var link = new Link(client.Client);
        lock (_gate)
        {
            link.Held = _silence;
            _links.Add(link);
            _beginnings.Add(link.Beginning);

            // Who has closed already counts no more, although nobody may have come to read its end yet.
            _most = Math.Max(_most, _links.Count(static link => link.IsOpen));
        }

        var taking = TakeAsync(client, link);
        try
        {
            using (client)
            using (var server = new TcpClient { NoDelay = true })
            {
                client.NoDelay = true;
                await link.PassesAsync(_end.Token);
                await server.ConnectAsync(_server, _end.Token);
                await Task.WhenAll(UpAsync(link, server), DownAsync(link, server, client));
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
        }

        await taking;
    }

    /// <summary>Takes what the client sends whether or not it may pass, so that its end is noticed.</summary>
    private async Task TakeAsync(TcpClient client, Link link)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await client.GetStream().ReadAsync(buffer, _end.Token)) > 0)
            {
                lock (_gate)
                {
                    link.Beginning.AddRange(buffer.Take(Math.Min(read, BeginningLength - link.Beginning.Count)));
                }

                link.Taken.Writer.TryWrite(buffer[..read]);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
        }

        lock (_gate)
        {
            _links.Remove(link);
        }

        link.Taken.Writer.Complete();
    }

    private async Task UpAsync(Link link, TcpClient server)
    {
        try
        {
            await foreach (var chunk in link.Taken.Reader.ReadAllAsync(_end.Token))
            {
                await link.PassesAsync(_end.Token);
                await server.GetStream().WriteAsync(chunk, _end.Token);
            }

            await link.PassesAsync(_end.Token);
            server.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (IsEnd(error))
        {
        }
    }

    private async Task DownAsync(Link link, TcpClient server, TcpClient client)
    {
        var buffer = new byte[16 * 1024];
        var left = Volatile.Read(ref _mostAnswered);
        try
        {
            int read;
            while ((read = await server.GetStream().ReadAsync(buffer, _end.Token)) > 0)
            {
                await link.PassesAsync(_end.Token);
                read = Math.Min(read, left);
                left -= left == int.MaxValue ? 0 : read;
                await client.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }

            await link.PassesAsync(_end.Token);
        }
        catch (Exception error) when (IsEnd(error))
        {
        }

        client.Close();
    }

    /// <summary>One client's connection.</summary>
    private sealed class Link(Socket client)
    {
        // Linux: the level and the name of the option that tells a connection's state, which is its first byte.
        private const int Tcp = 6;
        private const int TcpInfo = 11;
        private const byte Established = 1;

        private volatile TaskCompletionSource? _held;

        /// <summary>Whether the client has not closed it, as the system knows it at this moment; elsewhere than on Linux, as far as was read.</summary>
        public bool IsOpen
        {
            get
            {
                if (!OperatingSystem.IsLinux())
                {
                    return true;
                }

                Span<byte> state = stackalloc byte[1];
                try
                {
                    return client.GetRawSocketOption(Tcp, TcpInfo, state) == 1 && state[0] == Established;
                }
                catch (Exception error) when (IsEnd(error))
                {
                    return false;
                }
            }
        }

        public Channel<byte[]> Taken { get; } = Channel.CreateUnbounded<byte[]>();

        /// <summary>Guarded by the proxy's gate.</summary>
        public List<byte> Beginning { get; } = [];

        /// <summary>While this is set nothing passes.</summary>
        public TaskCompletionSource? Held
        {
            get => _held;
            set => _held = value;
        }

        public async Task PassesAsync(CancellationToken ct)
        {
            // One that ended counts as none: whoever resumes clears only those of clients that are still there.
            while (_held is { Task.IsCompleted: false } held)
            {
                await held.Task.WaitAsync(ct);
            }
        }
    }
}
