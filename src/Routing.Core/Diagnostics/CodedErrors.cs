namespace Routing.Diagnostics;

/// <summary>
/// Makes errors of the framework's types that carry one of <see cref="ErrorCodes"/>; a <see cref="RoutingException"/>
/// carries it by itself. For engines too. Thread-safe.
/// </summary>
public static class CodedErrors
{
    /// <summary>The object is not in a state for that.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What failed, where, and what to do instead.</param>
    public static InvalidOperationException InvalidOperation(string code, string message) =>
        With(code, new InvalidOperationException(ErrorCodes.Text(message, code)));

    /// <summary>Routing does not do that.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What, why, and what to use instead.</param>
    public static NotSupportedException NotSupported(string code, string message) =>
        With(code, new NotSupportedException(ErrorCodes.Text(message, code)));

    /// <summary>An object of another driver was given.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What is needed and what was found.</param>
    public static InvalidCastException InvalidCast(string code, string message) =>
        With(code, new InvalidCastException(ErrorCodes.Text(message, code)));

#pragma warning disable MA0015 // With the argument's name the framework would put a text of its own behind the code.
    /// <summary>An argument is none that can be used.</summary>
    internal static ArgumentException Argument(string code, string message) =>
        With(code, new ArgumentException(ErrorCodes.Text(message, code)));
#pragma warning restore MA0015

    /// <summary>Something was used after its end.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What had ended.</param>
    public static ObjectDisposedException Disposed(string code, string message) =>
        With(code, new ObjectDisposedException(objectName: null, ErrorCodes.Text(message, code)));

    /// <summary>A deadline passed.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>.</param>
    /// <param name="message">What was given up, where, after how long, and which setting says so.</param>
    /// <param name="innerException">How it ended.</param>
    public static TimeoutException Timeout(string code, string message, Exception? innerException) =>
        With(code, new TimeoutException(ErrorCodes.Text(message, code), innerException));

    /// <summary>A value is not what it was asked as.</summary>
    internal static System.Data.DataException Data(string code, string message, Exception innerException) =>
        With(code, new System.Data.DataException(ErrorCodes.Text(message, code), innerException));

    /// <summary>Something that cannot be. Its message begins with "Routing bug:".</summary>
    internal static InvalidOperationException Bug(string message) => InvalidOperation(ErrorCodes.Bug, "Routing bug: " + message);

    private static TError With<TError>(string code, TError error)
        where TError : Exception
    {
        ErrorCodes.Mark(error, code);
        return error;
    }
}
