using System.Diagnostics;
using System.Text.Json;
using Routing.LocalServers;

namespace Routing.IntegrationTests.Servers;

/// <summary>A process of its own that starts a cluster, says so on its standard output, and ends when its standard input does.</summary>
internal sealed class ClusterOwner : IDisposable
{
    public const string Mode = "--own-a-cluster";

    private readonly Process _process;

    private ClusterOwner(Process process, Report report)
    {
        _process = process;
        Cluster = report;
    }

    public Report Cluster { get; }

    public static async Task RunAsync(string parentDirectory)
    {
        await using var cluster = await PostgreSqlCluster.StartAsync(new PostgreSqlClusterOptions { Standbys = 1, ParentDirectory = parentDirectory });
        var postmasters = await Task.WhenAll(cluster.Nodes.Select(n => n.PostmasterAsync()));
        var report = new Report(cluster.DirectoryPath, cluster.GuardProcess, [.. postmasters.Select(p => p!.Value)], [.. await cluster.ProcessesAsync()]);
        Console.WriteLine(JsonSerializer.Serialize(report));
        await Console.In.ReadLineAsync();
    }

    public static async Task<ClusterOwner> StartAsync(string parentDirectory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(ClusterOwner).Assembly.Location, Mode, parentDirectory])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The owner ended without a word.");
        return new ClusterOwner(process, JsonSerializer.Deserialize<Report>(line)!);
    }

    /// <summary>Ends it as a user would.</summary>
    public Task EndAsync()
    {
        _process.StandardInput.Close();
        return _process.WaitForExitAsync();
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    internal sealed record Report(string Directory, int Guard, int[] Postmasters, int[] Processes);
}
