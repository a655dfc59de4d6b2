using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Routing.Testing;

namespace Routing.IntegrationTests.Tls;

/// <summary>
/// An authority that this process trusts as if the machine did, besides those that the machine trusts. OpenSSL's variable for
/// that must be set before the first certificate is checked, and where native code finds it. Thread-safe.
/// </summary>
internal static class MachineAuthority
{
    public static TestAuthority Authority { get; } = new("Routing's tests");

    /// <summary>The file with its certificate; gone with the process.</summary>
    public static string File { get; } = Path.Combine(Path.GetTempPath(), $"routing-tests-{Environment.ProcessId}-{Guid.NewGuid():N}.pem");

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing of a test runner comes earlier.")]
    internal static void Trust()
    {
        // Only on Linux does .NET ask OpenSSL.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        System.IO.File.WriteAllText(File, Authority.Pem);
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => System.IO.File.Delete(File);
        _ = Set("SSL_CERT_FILE", File, 1);
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, ExactSpelling = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Set([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value, int overwrite);
}
