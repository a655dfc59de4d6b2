using System.Globalization;

namespace Routing.LocalServers;

/// <summary>
/// A cluster's directory, <c>routing-pg-PID-START-N</c> or <c>routing-mariadb-PID-START-N</c>: its name says which process
/// owns it, and a lock that process holds until its end proves that it lives, also where the process cannot be seen
/// (another container on the same disk).
/// </summary>
internal sealed class ClusterDirectory : IDisposable
{
    public const string PostgreSql = "routing-pg-";
    public const string MariaDb = "routing-mariadb-";

    private static int s_lastNumber;

    private FileStream? _lock;

    private ClusterDirectory(string path) => Path = path;

    public string Path { get; }

    private string LockFile => System.IO.Path.Combine(Path, "owner.lock");

    public static ClusterDirectory Next(string parent, string prefix)
    {
        var (pid, started) = ProcessIdentity.Current;
        var number = Interlocked.Increment(ref s_lastNumber);
        return new ClusterDirectory(System.IO.Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{prefix}{pid}-{started}-{number}")));
    }

    /// <summary>The directories under <paramref name="parent"/> whose owner is dead by both proofs.</summary>
    public static IEnumerable<ClusterDirectory> Stale(string parent, string prefix) =>
        Directory.EnumerateDirectories(parent, prefix + "*")
            .Where(path => Owner(path, prefix) is { IsAlive: false })
            .Select(path => new ClusterDirectory(path))
            .Where(directory => !directory.IsLocked());

    /// <summary>Takes the owner's lock; call once the directory is there. The system drops it when the process ends, however it does.</summary>
    public void Lock() => _lock = new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    public string Of(string node) => System.IO.Path.Combine(Path, node, "data");

    public void Dispose() => _lock?.Dispose();

    private static ProcessIdentity? Owner(string path, string prefix)
    {
        var parts = System.IO.Path.GetFileName(path)[prefix.Length..].Split('-');
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
            ? new ProcessIdentity(pid, started)
            : null;
    }

    private bool IsLocked()
    {
        try
        {
            using var probe = new FileStream(LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Its owner died before it took the lock, or a guard is just removing the directory.
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Held, or another user's: not ours to judge.
            return true;
        }
    }
}
