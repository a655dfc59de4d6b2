using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>
/// Which member of the rows fills which column of the table: by the caller's list, else by name, exactly or, if there is no
/// such name, without case. What finds no partner is an error, never left out in silence. Pure.
/// </summary>
internal static class BulkMatch
{
    public static IReadOnlyList<(LoadColumn Column, int Member)> Of(string table, IReadOnlyList<LoadColumn> columns, BulkSource source, IReadOnlyList<BulkColumn>? wanted)
    {
        List<string> names = [.. columns.Select(static column => column.Name)];
        var members = source.Members;
        List<(LoadColumn Column, int Member)> pairs = [];
        List<string> problems = [];
        foreach (var (column, member) in (wanted ?? [.. members.Select(static name => new BulkColumn(name))]).Select(static one => (one.Column, one.Member ?? one.Column)))
        {
            var at = IndexOf(names, column);
            var from = IndexOf(members, member);
            if (at < 0 || from < 0)
            {
                problems.Add(at >= 0 ? $"{source.Kind} has no '{member}' for column '{column}'" : wanted is null ? $"'{member}' of {source.Kind} has no column" : $"there is no column '{column}'");
            }
            else if (pairs.Exists(pair => ReferenceEquals(pair.Column, columns[at])))
            {
                problems.Add($"column '{names[at]}' would be filled twice");
            }
            else
            {
                pairs.Add((columns[at], from));
            }
        }

        if (problems.Count == 0 && pairs.Count > 0)
        {
            return pairs;
        }

        var found = problems.Count > 0 ? string.Join("; ", problems) : $"{source.Kind} has nothing to insert";
        throw CodedErrors.InvalidOperation(
            ErrorCodes.BulkColumnsUnfit,
            $"The bulk insert into '{table}' does not fit: {found}. The table has {Listed(names)}; {source.Kind} has {Listed(members)}. Name the columns, and the members that fill them, in 'BulkInsertOptions.Columns'.");
    }

    /// <summary>The index of the name; without case only where that leaves no doubt.</summary>
    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        var loose = -1;
        var isAmbiguous = false;
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }

            if (names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                isAmbiguous = loose >= 0;
                loose = i;
            }
        }

        return isAmbiguous ? -1 : loose;
    }

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "nothing" : string.Join(", ", names);
}
