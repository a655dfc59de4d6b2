using System.Data.Common;

namespace Routing.Providers.MySql;

/// <summary>What a few questions in one text are answered.</summary>
internal static class FirstRows
{
    /// <summary>The first row of each result; null for a result without rows.</summary>
    public static async ValueTask<IReadOnlyList<KeyValuePair<string, object?>[]?>> ReadAsync(DbDataReader reader, bool async)
    {
        var rows = new List<KeyValuePair<string, object?>[]?>();
        do
        {
            KeyValuePair<string, object?>[]? row = null;
            if (await Synchronous.ReadAsync(reader, async).ConfigureAwait(false))
            {
                row = new KeyValuePair<string, object?>[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = new(reader.GetName(i), reader.IsDBNull(i) ? null : reader.GetValue(i));
                }
            }

            rows.Add(row);
        }
        while (async ? await reader.NextResultAsync().ConfigureAwait(false) : reader.NextResult());

        return rows;
    }
}
