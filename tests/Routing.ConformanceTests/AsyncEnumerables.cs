namespace Routing.ConformanceTests;

internal static class AsyncEnumerables
{
    public static async Task<int> CountAsync<T>(this IAsyncEnumerable<T> rows)
    {
        var count = 0;
        await foreach (var _ in rows)
        {
            count++;
        }

        return count;
    }
}
