using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Routing.Drivers;

/// <summary>What is wrong with a server's certificate, in words. Pure.</summary>
internal static class CertificateFault
{
    private const int MostShown = 5;
    private const int LongestShown = 100;

    // What the certificate's own dates already say, and what nobody asked about.
    private const X509ChainStatusFlags NotAboutTrust =
        X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;

    /// <summary>All there is to say against it; null when nothing is.</summary>
    /// <param name="host">The host it must name; null when that does not matter.</param>
    public static string? Of(X509Certificate2 certificate, X509Chain? chain, string? host, DateTimeOffset now)
    {
        List<string> faults = [];
        if (now.UtcDateTime < certificate.NotBefore.ToUniversalTime())
        {
            faults.Add($"begins at {Moment(certificate.NotBefore)}");
        }

        if (now.UtcDateTime > certificate.NotAfter.ToUniversalTime())
        {
            faults.Add($"ended at {Moment(certificate.NotAfter)}");
        }

        if (host is not null && !certificate.MatchesHostname(host))
        {
            faults.Add($"is for {NamesOf(certificate)}, not for '{host}'");
        }

        if (chain?.ChainStatus.Any(static status => (status.Status & ~NotAboutTrust) != X509ChainStatusFlags.NoError) == true)
        {
            faults.Add($"comes from {Shown(certificate.Issuer)}, which is not a trusted authority");
        }

        return faults.Count == 0 ? null : $"its certificate {Shown(certificate.Subject)} {string.Join(" and ", faults)}";
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => address.ToString())))
            .Take(MostShown)
            .Select(Shown)
            .ToList();
        return names.Count == 0 ? "no host" : string.Join(", ", names);
    }

    private static string Moment(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The server is a stranger: its words must neither fill the log nor begin a line of their own there.</summary>
    private static string Shown(string text)
    {
        var shown = text.Length <= LongestShown ? text : text[..LongestShown] + "...";
        return $"'{string.Concat(shown.Select(static c => char.IsControl(c) ? ' ' : c))}'";
    }
}
