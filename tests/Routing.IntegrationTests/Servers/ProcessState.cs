using System.Globalization;

namespace Routing.IntegrationTests.Servers;

/// <summary>The state of a process as the kernel tells it.</summary>
internal static class ProcessState
{
    /// <summary>Its letter from /proc (R, S, D, T, Z …); null when there is no such process.</summary>
    public static char? Of(int process)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether it runs; a dead one that nobody reaped yet does not.</summary>
    public static bool IsAlive(int process) => Of(process) is not (null or 'Z' or 'X');

    /// <summary>Whether a System V shared memory segment it created still exists, which outlives its creator.</summary>
    public static bool HasLeftSharedMemory(int process)
    {
        const int Creator = 4;
        return File.ReadLines("/proc/sysvipc/shm").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[Creator])
            .Contains(process.ToString(CultureInfo.InvariantCulture));
    }
}
