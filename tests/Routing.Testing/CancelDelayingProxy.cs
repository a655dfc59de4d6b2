using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Routing.Testing;

/// <summary>
/// Stands between a client and a PostgreSQL server and holds some of the cancel requests back, as a slow network would: all
/// else passes as it comes. Dispose it after the client.
/// </summary>
public sealed class CancelDelayingProxy : IAsyncDisposable
{
    private const int CancelLength = 16;
    private const int CancelCode = 80877102;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _server;
    private readonly Func<int, TimeSpan> _delay;
    private readonly Task _accepting;
    private int _cancels;

    /// <param name="serverPort">The server's port on this machine.</param>
    /// <param name="delay">How long the n-th cancel is held back.</param>
    public CancelDelayingProxy(int serverPort, Func<int, TimeSpan> delay)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _delay = delay;
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many cancels have passed or are held back.</summary>
    public int Cancels => Volatile.Read(ref _cancels);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
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
                var up = UpAsync(client.GetStream(), server);
                await server.GetStream().CopyToAsync(client.GetStream(), _end.Token);
                client.Close();
                await up;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Either side went.
        }
    }

    private async Task UpAsync(NetworkStream from, TcpClient server)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, _end.Token)) > 0)
            {
                if (read == CancelLength && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(4)) == CancelCode)
                {
                    await Task.Delay(_delay(Interlocked.Increment(ref _cancels)), _end.Token);
                }

                await server.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }

            server.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }
}
