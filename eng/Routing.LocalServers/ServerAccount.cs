using System.Collections.Immutable;
using System.Diagnostics;

namespace Routing.LocalServers;

/// <summary>
/// Who runs the servers: the current user, or, as the servers refuse to run as root, an unprivileged account that root
/// drops to. Immutable; thread-safe.
/// </summary>
internal sealed class ServerAccount
{
    private readonly ImmutableArray<string> _prefix;

    private ServerAccount(string name, ImmutableArray<string> prefix)
    {
        Name = name;
        _prefix = prefix;
    }

    /// <summary>The current user, root included: for programs that are not servers.</summary>
    public static ServerAccount Current { get; } = new(Environment.UserName, []);

    public string Name { get; }

    /// <summary>The current user; where that is root, the first of these accounts that exists.</summary>
    public static async Task<ServerAccount> FindAsync(string[] candidates, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return Current;
        }

        foreach (var name in candidates)
        {
            var uid = await Current.TryRunAsync(["id", "-u", name], cancellationToken).ConfigureAwait(false);
            var gid = await Current.TryRunAsync(["id", "-g", name], cancellationToken).ConfigureAwait(false);
            if (uid is not null && gid is not null)
            {
                return await DropToAsync(name, uid.Trim(), gid.Trim(), cancellationToken).ConfigureAwait(false);
            }
        }

        throw new LocalServerException(
            $"The server does not run as root, and none of the accounts {string.Join(", ", candidates)} exists. Create one (useradd --system {candidates[0]}), or run as another user.");
    }

    /// <summary>Runs a command to its end and returns what it printed; throws with its complaint when it fails.</summary>
    public async Task<string> RunAsync(
        IReadOnlyList<string> command, string? workingDirectory = null, string? input = null, CancellationToken cancellationToken = default)
    {
        using var process = Start(command, workingDirectory, redirectOutput: true);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await GiveAsync(process, input).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (process.ExitCode == 0)
            {
                return await output.ConfigureAwait(false);
            }

            throw new LocalServerException(
                $"{Describe(command)} failed as user {Name} with exit code {process.ExitCode}: {(await errors.ConfigureAwait(false)).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>As <see cref="RunAsync"/>; null when the command fails or does not exist.</summary>
    public async Task<string?> TryRunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (LocalServerException)
        {
            return null;
        }
    }

    /// <summary>Starts a command whose standard input is a pipe from this process, and this process's alone.</summary>
    public Process Start(IReadOnlyList<string> command, string? workingDirectory, bool redirectOutput)
    {
        var start = new ProcessStartInfo
        {
            // The default, the current directory, may be one the account cannot enter.
            WorkingDirectory = workingDirectory ?? "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = redirectOutput,
            RedirectStandardError = redirectOutput,
            UseShellExecute = false,
        };
        foreach (var part in _prefix.Concat(command))
        {
            if (start.FileName.Length == 0)
            {
                start.FileName = part;
            }
            else
            {
                start.ArgumentList.Add(part);
            }
        }

        // PGPORT, PGDATA, MYSQL_TCP_PORT and their like would steer our servers to someone else's.
        foreach (var name in start.Environment.Keys.Where(IsOfServers).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LocalServerException($"{start.FileName} could not be started: {e.Message}", e);
        }
    }

    private static async Task<ServerAccount> DropToAsync(string name, string uid, string gid, CancellationToken cancellationToken)
    {
        // setpriv becomes the command (same process, no session of its own); su stays as its parent, but is everywhere.
        string[] setpriv = ["setpriv", $"--reuid={uid}", $"--regid={gid}", "--init-groups", "--"];
        string[] su = ["su", "-s", "/bin/sh", name, "-c", "exec \"$0\" \"$@\"", "--"];
        foreach (var prefix in new[] { setpriv, su })
        {
            if (await Current.TryRunAsync([.. prefix, "true"], cancellationToken).ConfigureAwait(false) is not null)
            {
                return new ServerAccount(name, [.. prefix]);
            }
        }

        throw new LocalServerException(
            $"The server does not run as root, and neither setpriv nor su can drop to the account {name}. Install util-linux, or run as another user.");
    }

    private static bool IsOfServers(string variable) =>
        variable.StartsWith("PG", StringComparison.Ordinal)
        || variable.StartsWith("MYSQL_", StringComparison.Ordinal)
        || variable.StartsWith("MARIADB_", StringComparison.Ordinal);

    private static async Task GiveAsync(Process process, string? input)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command ended without reading; its exit code tells more than a broken pipe.
        }
    }

    // A shell script as an argument is our own; the interesting part are the arguments after it.
    private static string Describe(IReadOnlyList<string> command) =>
        string.Join(' ', command is ["sh", "-c", ..] ? command.Skip(3) : command);
}
