using System.Text.RegularExpressions;
using Routing.UnitTests.Tidy;

namespace Routing.UnitTests.Errors;

/// <summary>No error is raised without a code, but for what docs/errors/README.md says has none.</summary>
public sealed class CodedThrowsTests
{
    // Found once the text below is in the source; a reason beside each.
    private static readonly Dictionary<string, string> Uncoded = new(StringComparer.Ordinal)
    {
        ["NoSecondArguments"] = "the compiler refuses the call already",
        ["the driver ignored its deadline"] = "the inner error of RTG0103, which quotes it",
        ["The command's time-out passed."] = "the inner error of RTG0602",
        ["InvalidOperationException(error.Message, error)"] = "stands in for the driver's error, with the type that ADO.NET asks for",
        ["error.GetType().FullName"] = "stands in for somebody else's error",
    };

    [Fact]
    public void Errors_of_the_frameworks_types_are_made_by_CodedErrors()
    {
        var found = Makings(@"new (InvalidOperation|NotSupported|InvalidCast|ObjectDisposed|Timeout)Exception\(")
            .Where(static making => making.File != "CodedErrors.cs")
            .Where(static making => !Uncoded.Keys.Any(making.Text.Contains));

        Assert.Empty(found.Select(static making => making.ToString()));
    }

    [Fact]
    public void Errors_of_Routings_own_types_name_their_code()
    {
        var found = Makings(@"new (Routing|PoolExhausted|NodeUnavailable|RoutingConfiguration|CommitOutcomeUnknown)Exception\(|Exception \w+\([^)]*\) =>(?: intent == \S+)?\s+\??\s*new\(")
            .Where(static making => !making.Text.Contains("Code = ErrorCodes.", StringComparison.Ordinal))
            .Where(static making => !Uncoded.Keys.Any(making.Text.Contains));

        Assert.Empty(found.Select(static making => making.ToString()));
    }

    /// <summary>From the word "new" to the statement's end.</summary>
    private static IEnumerable<(string File, string Text)> Makings(string pattern) =>
        from file in Repository.SourcesUnder("src")
        let source = string.Join('\n', File.ReadLines(file).Where(static line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
        from Match match in Regex.Matches(source, pattern, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5))
        select (Path.GetFileName(file), source[match.Index..EndOf(source, match.Index)]);

    private static int EndOf(string source, int start)
    {
        var end = source.IndexOf(";\n", start, StringComparison.Ordinal);
        return end < 0 ? source.Length : end;
    }
}
