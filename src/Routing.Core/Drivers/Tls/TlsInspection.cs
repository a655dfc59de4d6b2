using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>
/// Looks at what a server shows of itself when it is asked for TLS, over a connection of its own on which nobody logs in. Drivers
/// say that they refused a certificate but not why; this finds the reason, and decides nothing. Immutable; thread-safe.
/// </summary>
/// <param name="Host">The server's name or address, which is also what its certificate must name.</param>
/// <param name="Port">Its port.</param>
/// <param name="Mode">The driver's <c>SSL Mode</c>: with <c>VerifyFull</c> and <c>VerifyCA</c> the certificate counts, else nothing but that there is TLS.</param>
/// <param name="ChecksHost">Whether the certificate must name the host.</param>
/// <param name="TrustedRoots">A file of certificates in PEM, the only authorities that count; null for those of the machine.</param>
/// <param name="AskForTls">Says in the engine's protocol that TLS is wanted, up to the handshake; false when the server has none. Synchronously when its second argument is false.</param>
public sealed record TlsInspection(
    string Host, int Port, string Mode, bool ChecksHost, string? TrustedRoots, Func<Stream, bool, CancellationToken, ValueTask<bool>> AskForTls)
{
    private bool ChecksCertificate => Mode is "VerifyFull" or "VerifyCA";

    /// <summary>What must be so, as the end of a sentence.</summary>
    internal string Allowed => ChecksHost ? "a server with TLS whose certificate is in force, comes from a trusted authority and names the host"
        : ChecksCertificate ? "a server with TLS whose certificate is in force and comes from a trusted authority"
        : "a server with TLS";

    /// <summary>What is wrong, as the end of a sentence about the server; null when nothing is, or when it could not be found out.</summary>
    /// <param name="now">The moment that the certificate's dates are judged by.</param>
    /// <param name="deadline">When to give up; a blocking look gives up a little later.</param>
    /// <param name="async">Whether to do I/O asynchronously; when false the returned task is complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async ValueTask<string?> FindFaultAsync(DateTimeOffset now, Deadline deadline, bool async, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(PolicyOf(ChecksCertificate ? TrustedRoots : null), now, deadline, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException)
        {
            return $"the file of trusted authorities cannot be read ({error.Message.TrimEnd('.')})";
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException or ObjectDisposedException or InvalidOperationException)
        {
            // What the driver said must do.
            return null;
        }
    }

    private async ValueTask<string?> LookAsync(X509ChainPolicy policy, DateTimeOffset now, Deadline deadline, bool async, CancellationToken cancellationToken)
    {
        using var client = new TcpClient { SendTimeout = MillisecondsTo(deadline), ReceiveTimeout = MillisecondsTo(deadline) };
        if (async)
        {
            await client.ConnectAsync(Host, Port, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            client.Connect(Host, Port);
        }

        if (!await AskForTls(client.GetStream(), async, cancellationToken).ConfigureAwait(false))
        {
            return "it offers no TLS";
        }

        if (!ChecksCertificate)
        {
            return null;
        }

        string? fault = null;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = Host,
            CertificateChainPolicy = policy,
#pragma warning disable CA5359 // Nothing is sent over this connection: it is only looked at.
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                fault = certificate is null ? "it shows no certificate" : CertificateFault.Of(new X509Certificate2(certificate), chain, ChecksHost ? Host : null, now);
                return true;
            },
#pragma warning restore CA5359
        };
        var tls = new SslStream(client.GetStream());
        await using (tls.ConfigureAwait(false))
        {
            if (async)
            {
                await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                tls.AuthenticateAsClient(options);
            }
        }

        return fault;
    }

    private static X509ChainPolicy PolicyOf(string? trustedRoots)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (trustedRoots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPemFile(trustedRoots);
        }

        return policy;
    }

    // Zero is for ever.
    private static int MillisecondsTo(Deadline deadline) =>
        deadline.IsNone ? 0 : (int)Math.Clamp(deadline.Remaining.TotalMilliseconds, 1, int.MaxValue);
}
