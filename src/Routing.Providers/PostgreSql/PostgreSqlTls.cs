using System.Buffers.Binary;
using System.Security.Authentication;
using System.Security.Cryptography;
using Npgsql;
using Routing.Drivers;

namespace Routing.Providers.PostgreSql;

/// <summary>Why a server's TLS was refused: Npgsql only says that the certificate was. Pure.</summary>
internal static class PostgreSqlTls
{
    private const int RequestLength = 8;
    private const int RequestCode = 80877103;

    /// <summary>How to look at the server of an open that failed; null when TLS cannot be the reason.</summary>
    public static TlsInspection? InspectionAfter(NpgsqlConnectionStringBuilder settings, NpgsqlException error) =>
        MayBeTheReason(settings, error) && settings.Host is { Length: > 0 } host && host[0] is not ('/' or '@')
            ? new TlsInspection(
                host,
                settings.Port,
                settings.SslMode.ToString(),
                settings.SslMode == SslMode.VerifyFull,
                settings.RootCertificate ?? Environment.GetEnvironmentVariable("PGSSLROOTCERT"),
                AskAsync)
            : null;

    /// <summary>Without an inner error it is Npgsql's own, such as that the server has no TLS; the others come from the handshake.</summary>
    private static bool MayBeTheReason(NpgsqlConnectionStringBuilder settings, NpgsqlException error) =>
        settings.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull
        && error is not PostgresException
        && error.InnerException is null or AuthenticationException or CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException;

    private static async ValueTask<bool> AskAsync(Stream stream, bool async, CancellationToken cancellationToken)
    {
        var bytes = new byte[RequestLength];
        BinaryPrimitives.WriteInt32BigEndian(bytes, RequestLength);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(sizeof(int)), RequestCode);
        var answer = bytes.AsMemory(0, 1);
        if (async)
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            stream.Write(bytes);
            stream.ReadExactly(answer.Span);
        }

        return bytes[0] == 'S';
    }
}
