namespace Routing.LocalServers;

/// <summary>A local server could not be found, started or steered. The message says what to install or where to look.</summary>
public sealed class LocalServerException : Exception
{
    /// <summary>An exception without a message of its own.</summary>
    public LocalServerException()
    {
    }

    /// <summary>An exception with this message.</summary>
    public LocalServerException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with this message and cause.</summary>
    public LocalServerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
