using System.Data.Common;

namespace Routing.ConformanceTests;

/// <summary>
/// Runs a program on the driver's own connection and on a routed one, in this order, and compares what it saw. Where the driver
/// does not do what ADO.NET says, <see cref="ConformanceDatabase.Instead"/> says what the routed one does, line for line.
/// </summary>
internal static class Beside
{
    /// <summary>On connections that are open.</summary>
    public static Task SameAsync(ConformanceDatabase database, Func<DbConnection, Transcript, Task> program) =>
        SameWhenClosedAsync(database, async (connection, seen) =>
        {
            await connection.OpenAsync();
            await program(connection, seen);
        });

    /// <summary>On connections that were never opened.</summary>
    public static async Task SameWhenClosedAsync(ConformanceDatabase database, Func<DbConnection, Transcript, Task> program)
    {
        var bare = await RunAsync(await database.CreateBareAsync(), program);
        var routed = await RunAsync(database.Host.Database.DataSource.CreateConnection(), program);
        Assert.NotEmpty(bare);
        var expected = bare.Select(line => database.Instead.GetValueOrDefault(line, line)).OfType<string>().ToList();
        Assert.True(expected.SequenceEqual(routed, StringComparer.Ordinal), "The driver's own connection, and the routed one:\n" + string.Join('\n', Differences(expected, routed)));
    }

    private static async Task<IReadOnlyList<string>> RunAsync(DbConnection connection, Func<DbConnection, Transcript, Task> program)
    {
        await using var _ = connection;
        var seen = new Transcript();
        await program(connection, seen);
        return seen.Lines;
    }

    private static IEnumerable<string> Differences(List<string> expected, IReadOnlyList<string> routed)
    {
        for (var i = 0; i < Math.Max(expected.Count, routed.Count); i++)
        {
            var left = i < expected.Count ? expected[i] : "(ended)";
            var right = i < routed.Count ? routed[i] : "(ended)";
            if (left != right)
            {
                yield return $"{i}: {left}    |    {right}";
            }
        }
    }
}
