namespace Routing.Configuration;

/// <summary>Finds what a misspelled name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The closest of the names, without case; null when none is close enough to be a likely slip.</summary>
    public static string? Of(string found, IEnumerable<string> names)
    {
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var name in names)
        {
            var distance = Distance(found.ToUpperInvariant(), name.ToUpperInvariant());
            if (distance < least)
            {
                least = distance;
                nearest = name;
            }
        }

        return nearest is not null && least <= Tolerance(nearest) ? nearest : null;
    }

    /// <summary>The hint in an error: empty, or <c> (did you mean "MaxSize"?)</c>.</summary>
    public static string Hint(string found, IEnumerable<string> names) =>
        Of(found, names) is { } nearest ? $" (did you mean \"{nearest}\"?)" : "";

    private static int Tolerance(string name) => name.Length <= 4 ? 1 : Math.Max(2, name.Length / 3);

    // Optimal string alignment: insertions, deletions, substitutions and swapped neighbours (the commonest typing slip) cost 1.
    private static int Distance(string left, string right)
    {
        var beforeLast = new int[right.Length + 1];
        var last = new int[right.Length + 1];
        var current = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(change, Math.Min(last[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last, current) = (last, current, beforeLast);
        }

        return last[right.Length];
    }
}
