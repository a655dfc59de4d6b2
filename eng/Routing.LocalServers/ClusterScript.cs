using System.Diagnostics;
using System.Globalization;

namespace Routing.LocalServers;

/// <summary>The commands of <c>cluster.sh</c>, run as the servers' user. Immutable; thread-safe.</summary>
internal sealed class ClusterScript(ServerAccount account, string programs)
{
    private static readonly string Text = Load();

    /// <summary>Starts the guard of a cluster; it ends the cluster when its standard input does.</summary>
    public Process StartGuard(string cluster)
    {
        // A session of its own keeps Ctrl-C, and whoever kills this process's whole group, away from it.
        string[] session = OperatingSystem.IsLinux() ? ["setsid"] : [];
        return account.Start([.. session, .. Command("guard", cluster, [])], workingDirectory: null, redirectOutput: false);
    }

    public Task RunAsync(string command, string directory, string[]? arguments = null, string? input = null, CancellationToken cancellationToken = default) =>
        account.RunAsync(Command(command, directory, arguments ?? []), input: input, cancellationToken: cancellationToken);

    public async Task<IReadOnlyList<int>> ProcessesAsync(string command, string directory, CancellationToken cancellationToken)
    {
        var output = await account.RunAsync(Command(command, directory, []), cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];
    }

    /// <summary>Runs one of the servers' own programs inside the cluster's directory, so that the guard finds it there.</summary>
    public Task RunProgramAsync(string cluster, string program, string[] arguments, CancellationToken cancellationToken) =>
        account.RunAsync([Path.Combine(programs, program), .. arguments], workingDirectory: cluster, cancellationToken: cancellationToken);

    /// <summary>Ends the clusters of this kind whose owners are dead, and returns how many there were.</summary>
    public async Task<int> EndStaleAsync(string parent, string prefix, CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var stale in ClusterDirectory.Stale(parent, prefix))
        {
            try
            {
                await RunAsync("finish", stale.Path, cancellationToken: cancellationToken).ConfigureAwait(false);
                ended++;
            }
            catch (LocalServerException)
            {
                // Another user's, though named like ours: it neither harms this cluster nor is ours to remove.
            }
        }

        return ended;
    }

    private string[] Command(string command, string directory, string[] arguments) =>
        ["sh", "-c", Text, "cluster.sh", command, directory, programs, .. arguments];

    private static string Load()
    {
        using var stream = typeof(ClusterScript).Assembly.GetManifestResourceStream("cluster.sh")
            ?? throw new LocalServerException("Routing bug: cluster.sh is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
