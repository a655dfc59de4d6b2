using System.Buffers.Binary;
using System.Net.Sockets;

namespace Routing.Testing;

/// <summary>
/// Stands between a client and a PostgreSQL server and holds some of the cancel requests back, as a slow network would: all
/// else passes as it comes. Dispose it after the client.
/// </summary>
public sealed class CancelDelayingProxy : LoopbackProxy
{
    private const int CancelLength = 16;
    private const int CancelCode = 80877102;

    private readonly Func<int, TimeSpan> _delay;
    private int _cancels;

    /// <param name="serverPort">The server's port on this machine.</param>
    /// <param name="delay">How long the n-th cancel is held back.</param>
    public CancelDelayingProxy(int serverPort, Func<int, TimeSpan> delay)
        : base(serverPort)
    {
        _delay = delay;
        Listen();
    }

    /// <summary>How many cancels have passed or are held back.</summary>
    public int Cancels => Volatile.Read(ref _cancels);

    /// <inheritdoc/>
    protected override async Task ServeAsync(TcpClient client, TcpClient server)
    {
        var up = UpAsync(client.GetStream(), server);
        await server.GetStream().CopyToAsync(client.GetStream(), End);
        client.Close();
        await up;
    }

    private async Task UpAsync(NetworkStream from, TcpClient server)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, End)) > 0)
            {
                if (read == CancelLength && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(4)) == CancelCode)
                {
                    await Task.Delay(_delay(Interlocked.Increment(ref _cancels)), End);
                }

                await server.GetStream().WriteAsync(buffer.AsMemory(0, read), End);
            }

            server.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (IsEnd(error))
        {
        }
    }
}
