using System.Net;
using System.Net.Sockets;

namespace Routing.Testing;

/// <summary>
/// Stands between clients and a server on this machine; what becomes of the bytes is the subclass's affair. Dispose it after the
/// client. Thread-safe.
/// </summary>
public abstract class LoopbackProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _server;
    private Task _accepting = Task.CompletedTask;

    /// <param name="serverPort">The server's port on this machine.</param>
    protected LoopbackProxy(int serverPort) => _server = new IPEndPoint(IPAddress.Loopback, serverPort);

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cancelled when the proxy goes.</summary>
    protected CancellationToken End => _end.Token;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether the error is how a connection, or the proxy, ends.</summary>
    protected static bool IsEnd(Exception error) =>
        error is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException;

    /// <summary>Takes clients from now on; the last word of a constructor.</summary>
    protected void Listen()
    {
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Passes on what the two say, until either ends. Errors for which <see cref="IsEnd"/> holds may come out.</summary>
    /// <param name="client">The client.</param>
    /// <param name="server">The server, connected for this client.</param>
    protected abstract Task ServeAsync(TcpClient client, TcpClient server);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            using (var server = new TcpClient { NoDelay = true })
            {
                client.NoDelay = true;
                await server.ConnectAsync(_server, _end.Token);
                await ServeAsync(client, server);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // Either side went.
        }
    }
}
