using System.Diagnostics;

namespace Routing.IntegrationTests;

/// <summary>Waits for what happens in another process: asks again and again, and fails with the last answer when the bound passes.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, () => Task.FromResult(condition()));

    public static async Task HoldsAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        Exception? last = null;
        while (clock.Elapsed < Bound)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception error) when (error is System.Data.Common.DbException)
            {
                last = error;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        Assert.Fail($"Within {Bound.TotalSeconds:F0} s it did not come about that {what}. {last}");
    }
}
