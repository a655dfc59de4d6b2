using System.Text.RegularExpressions;

namespace Routing.Diagnostics;

/// <summary>
/// Takes secrets out of texts that somebody else wrote and Routing would repeat: why a connection could not be opened,
/// in the words of a driver, a credential provider or the user's own set-up code. Pure; only failures get here.
/// </summary>
internal static partial class Secrets
{
    private const string Hidden = "***";

    /// <summary>Whether a text from the configuration may hold more than a name, a number or a duration.</summary>
    public static bool MayBeIn(string text) => text.Length > 100 || text.AsSpan().ContainsAny("=;@") || text.Contains("://", StringComparison.Ordinal);

    /// <summary>The text, the values of whatever names a secret in it replaced.</summary>
    public static string Hide(string text) => UserInfo().Replace(NamedValue().Replace(text, "${name}" + Hidden), "${user}" + Hidden + "@");

    /// <summary>
    /// The error itself, or, when it or one it came from says a secret, another that says the same without: its type is
    /// then in the text, and its stack trace is lost. A code stays.
    /// </summary>
    public static Exception Hide(Exception error)
    {
        var text = error.ToString();
        return ReferenceEquals(Hide(text), text) && !DataHoldsOne(error) ? error : Without(error);
    }

    private static RoutingException Without(Exception error)
    {
        var inner = error.InnerException is { } cause ? Hide(cause) : null;
        return error is RoutingException { Code: { } code }
            ? new(Hide(ErrorCodes.TextOf(error)), inner) { Code = code }
            : new($"{error.GetType().FullName}: {Hide(error.Message)}", inner);
    }

    private static bool DataHoldsOne(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            foreach (var value in error.Data.Values)
            {
                if (value is string text && !ReferenceEquals(Hide(text), text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // As connection strings, tokens in URLs and JSON write them: name=value, name='v a l', "name": "value".
    [GeneratedRegex(
        """(?<name>(password|passwd|passphrase|pwd|psw|pasword|secret|token|api[ _-]?key|passfile)"?\s*[=:]\s*)('[^']*'|"[^"]*"|[^;,&\s"']+)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NamedValue();

    // scheme://user:password@host
    [GeneratedRegex("(?<user>://[^:@/\\s]*:)[^@/\\s]+@", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex UserInfo();
}
