using System.Data.Common;
using Routing.Diagnostics;

namespace Routing;

/// <summary>The base of every error that Routing itself raises. Errors of the database come through unchanged.</summary>
public class RoutingException : DbException
{
    private readonly string? _code;

    /// <summary>Creates an error.</summary>
    public RoutingException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">What failed, where, the numbers, and what to change.</param>
    public RoutingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">What failed, where, the numbers, and what to change.</param>
    /// <param name="innerException">The cause.</param>
    public RoutingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// The situation's stable code, one of <see cref="ErrorCodes"/>. Setting it also sets <c>HelpLink</c> to the code's page
    /// and puts the code at the end of the message. Null in what other code than Routing's makes without one.
    /// </summary>
    public string? Code
    {
        get => _code;
        init
        {
            _code = value;
            if (value is not null)
            {
                ErrorCodes.Mark(this, value);
            }
        }
    }

    /// <inheritdoc/>
    public override string Message => _code is null ? base.Message : ErrorCodes.Text(base.Message, _code);
}

/// <summary>No connection became free within the rent time-out, or none ever could (nested deadlock). Nothing was sent; a retry is safe.</summary>
public sealed class PoolExhaustedException : RoutingException
{
    /// <summary>Creates an error.</summary>
    public PoolExhaustedException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">Which pool, its counts, its holders, and the setting to change.</param>
    public PoolExhaustedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">Which pool, its counts, its holders, and the setting to change.</param>
    /// <param name="innerException">The cause.</param>
    public PoolExhaustedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>
/// No node could serve the statement, or the chosen one could not be reached. Nothing was sent; a retry is safe. It is transient but
/// where the server was reached and is not trusted (<see cref="ErrorCodes.ServerNotTrusted"/>): that ends when somebody mends it.
/// </summary>
public sealed class NodeUnavailableException : RoutingException
{
    /// <summary>Creates an error.</summary>
    public NodeUnavailableException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">Which nodes, and why each was left out.</param>
    public NodeUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">Which nodes, and why each was left out.</param>
    /// <param name="innerException">The cause.</param>
    public NodeUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => InnerException is not RoutingException { Code: ErrorCodes.ServerNotTrusted };
}

/// <summary>The configuration cannot be used. Raised at start-up with every problem at once.</summary>
public sealed class RoutingConfigurationException : RoutingException
{
    /// <summary>Creates an error.</summary>
    public RoutingConfigurationException()
    {
    }

    /// <summary>Creates an error.</summary>
    /// <param name="message">Every problem: path, value found, what is allowed.</param>
    public RoutingConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an error with its cause.</summary>
    /// <param name="message">Every problem: path, value found, what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public RoutingConfigurationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
