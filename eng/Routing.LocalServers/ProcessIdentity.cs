using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Routing.LocalServers;

/// <summary>
/// A process told apart from a later one with the same number by the moment it started: on Linux in clock ticks since
/// boot, which no change of the wall clock moves; elsewhere in seconds of UTC.
/// </summary>
internal readonly record struct ProcessIdentity(int Id, long Started)
{
    public static ProcessIdentity Current { get; } =
        Of(Environment.ProcessId) ?? throw new LocalServerException("Routing bug: this process cannot read its own start time.");

    public bool IsAlive => Of(Id) == this;

    public static ProcessIdentity? Of(int id)
    {
        var started = OperatingSystem.IsLinux() ? StartTicks(id) : StartSeconds(id);
        return started is { } value ? new ProcessIdentity(id, value) : null;
    }

    private static long? StartTicks(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));

            // Field 2 is the program's name in parentheses and may hold anything; field 3 follows the last parenthesis.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            const int State = 0, StartTime = 19;
            return fields[State] is "Z" or "X" ? null : long.Parse(fields[StartTime], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? StartSeconds(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
