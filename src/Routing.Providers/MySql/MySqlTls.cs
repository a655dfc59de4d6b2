using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Routing.Drivers;

namespace Routing.Providers.MySql;

/// <summary>
/// Why a server's TLS was refused. Of that MySqlConnector says little, and MySql.Data next to nothing: a certificate that the machine
/// does not trust it compares with the file <c>SslCa</c>, and what it then says is that there is no such file. Pure.
/// </summary>
internal static class MySqlTls
{
    private const int DefaultPort = 3306;
    private const int HeaderLength = 4;
    private const int RequestLength = HeaderLength + 32;
    private const int MaxPacket = 1 << 24;

    // The capabilities: 4.1 protocol, TLS, and that a log-in of the newer kind would follow.
    private const uint Capabilities = 0x0000_0200 | Tls | 0x0000_8000;
    private const uint Tls = 0x0000_0800;

    // utf8mb4.
    private const byte Characters = 45;

    /// <summary>How to look at the server of an open that failed; null when TLS cannot be the reason.</summary>
    public static TlsInspection? InspectionAfter(MySqlClient client, DbConnectionStringBuilder settings, Exception error)
    {
        if (MySqlNode.Value(settings, "SslMode") is not ("Required" or "VerifyCA" or "VerifyFull") || !MayBeTheReason(error))
        {
            return null;
        }

        var mode = MySqlNode.Value(settings, "SslMode")!;
        var roots = MySqlNode.Value(settings, "SslCa") is { Length: > 0 } file ? file : null;
        var checksHost = mode == "VerifyFull" || (roots is null && !client.TellsAuthorityFromHost);
        return MySqlNode.Value(settings, "Server") is { Length: > 0 } host && host[0] != '/'
            ? new TlsInspection(host, PortOf(settings), mode, checksHost, roots, AskAsync)
            : null;
    }

    /// <summary>What the server itself said with a number came after the handshake; 1042 is MySqlConnector's for any failure to connect.</summary>
    private static bool MayBeTheReason(Exception error)
    {
        if (error is OperationCanceledException || MySqlClient.NumberOf(error) is not (0 or 1042))
        {
            return false;
        }

        for (var at = error; at is not null; at = at.InnerException)
        {
            if (at is SocketException or TimeoutException)
            {
                return false;
            }
        }

        return true;
    }

    private static int PortOf(DbConnectionStringBuilder settings) =>
        int.TryParse(MySqlNode.Value(settings, "Port"), CultureInfo.InvariantCulture, out var port) ? port : DefaultPort;

    private static async ValueTask<bool> AskAsync(Stream stream, bool async, CancellationToken cancellationToken)
    {
        var header = await ReadAsync(stream, HeaderLength, async, cancellationToken).ConfigureAwait(false);
        var greeting = await ReadAsync(stream, header[0] | (header[1] << 8) | (header[2] << 16), async, cancellationToken).ConfigureAwait(false);
        if (!OffersTls(greeting))
        {
            return false;
        }

        var request = new byte[RequestLength];
        request[0] = RequestLength - HeaderLength;
        request[3] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(HeaderLength), Capabilities);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(HeaderLength + 4), MaxPacket);
        request[HeaderLength + 8] = Characters;
        if (async)
        {
            await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            stream.Write(request);
        }

        return true;
    }

    /// <summary>The lower half of the capabilities follows the version, which ends with a zero, the connection's number and 9 bytes for the log-in.</summary>
    private static bool OffersTls(ReadOnlySpan<byte> greeting)
    {
        const int AfterVersion = 4 + 9;
        var version = greeting.IndexOf((byte)0);
        return version > 0 && greeting.Length >= version + 1 + AfterVersion + sizeof(ushort)
            && (BinaryPrimitives.ReadUInt16LittleEndian(greeting[(version + 1 + AfterVersion)..]) & Tls) != 0;
    }

    private static async ValueTask<byte[]> ReadAsync(Stream stream, int count, bool async, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        if (async)
        {
            await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            stream.ReadExactly(bytes);
        }

        return bytes;
    }
}
