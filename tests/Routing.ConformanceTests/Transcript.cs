using System.Data.Common;
using System.Globalization;

namespace Routing.ConformanceTests;

/// <summary>
/// What a program saw on a connection, line by line: values with their types, and errors by their kind. Run on the driver's
/// own connection and on a routed one, a program must see the same.
/// </summary>
public sealed class Transcript
{
    private readonly List<string> _lines = [];

    /// <summary>What was seen.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Notes a value.</summary>
    public void Note(string what, object? value) => _lines.Add($"{what}: {Show(value)}");

    /// <summary>Notes what an expression gives or throws.</summary>
    public void Try(string what, Func<object?> ask)
    {
        try
        {
            Note(what, ask());
        }
        catch (Exception error)
        {
            Note(what, error);
        }
    }

    /// <summary>Notes whether an action throws.</summary>
    public void Try(string what, Action act) => Try(what, () =>
    {
        act();
        return "done";
    });

    /// <summary>Notes what an expression gives or throws.</summary>
    public async Task TryAsync<T>(string what, Func<Task<T>> ask)
    {
        try
        {
            Note(what, await ask());
        }
        catch (Exception error)
        {
            Note(what, error);
        }
    }

    /// <summary>Notes whether an action throws.</summary>
    public Task TryAsync(string what, Func<Task> act) => TryAsync(what, async () =>
    {
        await act();
        return "done";
    });

    // Errors of the driver are the same objects either way. Those that the face itself makes may be of a more special type
    // than the driver's, but a handler written for one of these kinds must catch both.
    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => '"' + text + '"',
        byte[] bytes => Convert.ToHexString(bytes),
        char[] characters => "'" + new string(characters).Replace('\0', '.') + "'",
        OperationCanceledException => "! cancelled",
        DbException error => $"! {error.GetType().Name} {error.SqlState} {(error.IsTransient ? "transient" : "lasting")}",
        InvalidOperationException => "! invalid operation",
        NotSupportedException or NotImplementedException => "! not supported",
        ArgumentException or IndexOutOfRangeException => "! argument",
        Exception error => "! " + error.GetType().Name,
        IEnumerable<string> texts => string.Join(", ", texts),
        _ => $"{Convert.ToString(value, CultureInfo.InvariantCulture)} ({value.GetType().Name})",
    };
}
