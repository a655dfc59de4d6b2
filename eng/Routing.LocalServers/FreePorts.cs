using System.Net;
using System.Net.Sockets;

namespace Routing.LocalServers;

/// <summary>
/// Ports nobody listens on, from below the range the system takes for outgoing connections: a port from that range could be
/// gone when a stopped server comes back for it.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Last = 31_999;

    public static int[] Take(int count)
    {
        var ports = new HashSet<int>();
        for (var attempts = 0; ports.Count < count; attempts++)
        {
            if (attempts > 10_000)
            {
                throw new LocalServerException($"Found no {count} free ports between {First} and {Last} on 127.0.0.1.");
            }

            var port = Random.Shared.Next(First, Last + 1);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
