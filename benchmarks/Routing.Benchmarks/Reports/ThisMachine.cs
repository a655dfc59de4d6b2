using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Running;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Routing.LocalServers;

namespace Routing.Benchmarks.Reports;

/// <summary>Asks the machine what a report says about it.</summary>
internal static class ThisMachine
{
    public static async Task<MachineFacts> DescribeAsync(string repository) => new(
        DateOnly.FromDateTime(DateTime.UtcNow),
        await AskAsync("git", "-C", repository, "describe", "--always", "--tags", "--dirty") ?? "unknown",
        await CpuAsync(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
        RuntimeInformation.FrameworkDescription,
        (GCSettings.IsServerGC ? "server" : "workstation") + " GC, " + (GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent"),
        await PostgreSqlAsync(),
        Packages());

    /// <summary>A few letters that are the same for every run on this kind of machine, and tell nothing about it.</summary>
    public static string ShortId(MachineFacts machine)
    {
        var kind = string.Create(CultureInfo.InvariantCulture, $"{machine.Cpu}|{machine.Cores}|{machine.MemoryGiB}|{machine.System}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(kind)))[..6];
    }

    private static SortedDictionary<string, string> Packages() => new(StringComparer.Ordinal)
    {
        ["BenchmarkDotNet"] = VersionOf(typeof(BenchmarkRunner)),
        ["Dapper"] = VersionOf(typeof(SqlMapper)),
        ["Microsoft.Data.Sqlite"] = $"{VersionOf(typeof(SqliteConnection))}, SQLite {SqliteVersion()}",
        ["Microsoft.EntityFrameworkCore"] = VersionOf(typeof(DbContext)),
        ["Npgsql"] = VersionOf(typeof(NpgsqlConnection)),
        ["Npgsql.EntityFrameworkCore.PostgreSQL"] = VersionOf(typeof(NpgsqlDbContextOptionsBuilderExtensions)),
        ["Routing"] = VersionOf(typeof(IRoutingDatabase)),
    };

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? type.Assembly.GetName().Version?.ToString() ?? "unknown";

    private static string SqliteVersion()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        return connection.ServerVersion is { Length: > 0 } version ? version : "unknown";
    }

    private static async Task<string> PostgreSqlAsync()
    {
        try
        {
            var binaries = await PostgreSqlBinaries.FindAsync();
            var answer = await AskAsync(Path.Combine(binaries.Directory, "postgres"), "--version") ?? "";
            return Regex.Match(answer, @"\d+(\.\d+)*", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)) is { Success: true, Value: var version }
                ? version
                : binaries.Version.ToString(CultureInfo.InvariantCulture);
        }
        catch (LocalServerException)
        {
            return "none";
        }
    }

    private static async Task<string> CpuAsync()
    {
        const string File = "/proc/cpuinfo";
        var name = OperatingSystem.IsLinux() && System.IO.File.Exists(File)
                ? (await System.IO.File.ReadAllLinesAsync(File)).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[^1]
            : OperatingSystem.IsMacOS() ? await AskAsync("sysctl", "-n", "machdep.cpu.brand_string")
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return name?.Trim() is { Length: > 0 } known ? known : RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>What a program answers; null when it is not there, or fails.</summary>
    private static async Task<string?> AskAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = process.StandardOutput.ReadToEndAsync();
            var ignored = process.StandardError.ReadToEndAsync();
            await Task.WhenAll(answer, ignored, process.WaitForExitAsync());
            return process.ExitCode == 0 ? (await answer).Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
