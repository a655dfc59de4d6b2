using System.Globalization;

namespace Routing.Drivers;

/// <summary>What no engine takes as a name, so that all of them refuse it in the same words. Stateless.</summary>
internal static class NameRules
{
    /// <summary>An error needs no more of a name to tell which it is.</summary>
    private const int MostShown = 80;

    /// <summary>Why no engine, or none with such a limit, has the name; null when it may be one.</summary>
    public static string? RefusalOf(string name, int length, int mostLength, string unit)
    {
        if (name.Length == 0)
        {
            return "it is empty";
        }

        if (name.Contains('\0', StringComparison.Ordinal))
        {
            return "it holds a character of zero";
        }

        // Half a surrogate pair goes to a server as a question mark, and would name something else.
        if (!IsWellFormed(name))
        {
            return "it is no valid text";
        }

        return length > mostLength
            ? string.Create(CultureInfo.InvariantCulture, $"it has {length} {unit}, and at most {mostLength} are allowed")
            : null;
    }

    /// <summary>Whether every driver reads a marker with this name as one parameter.</summary>
    public static bool IsParameter(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Whether every engine can look for a member of this name in a document.</summary>
    public static bool IsMember(string name) =>
        name.Length > 0 && IsWellFormed(name) && !name.Any(static c => c is '"' or '\\' || char.IsControl(c));

    /// <summary>A name as errors show it.</summary>
    public static string Shown(string name)
    {
        var shown = name.Length <= MostShown ? name : name[..MostShown] + "...";
        return '"' + string.Concat(shown.Select(static c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + '"';
    }

    private static bool IsWellFormed(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && !(char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
