using System.Security.Authentication;
using Routing.Diagnostics;
using Routing.Primitives;

namespace Routing.Drivers;

/// <summary>Makes what a driver says about TLS that it refused into an error that says why. For engines; thread-safe.</summary>
public static class TlsRefusal
{
    /// <summary>
    /// The error to throw instead of the driver's, which is its inner one; null when TLS has no part in it. Opens a connection of its own
    /// to see what the driver saw.
    /// </summary>
    /// <param name="node">Data source and node: <c>orders/a</c>.</param>
    /// <param name="inspection">How to look at the server.</param>
    /// <param name="error">What the driver said.</param>
    /// <param name="time">The clock.</param>
    /// <param name="deadline">When to give up looking.</param>
    /// <param name="async">Whether to do I/O asynchronously; when false the returned task is complete.</param>
    /// <param name="cancellationToken">Gives up looking.</param>
    public static async ValueTask<RoutingException?> ExplainAsync(
        string node, TlsInspection inspection, Exception error, TimeProvider time, Deadline deadline, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inspection);
        ArgumentNullException.ThrowIfNull(time);
        var found = await FindAsync(inspection, time, deadline, async, cancellationToken).ConfigureAwait(false) ?? HandshakeErrorOf(error);
        return found is null ? null : Create(node, inspection, found, error);
    }

    /// <summary>Whether an error is one that <see cref="ExplainAsync"/> made. Drivers classify it as <see cref="ErrorClass.NotExecuted"/>.</summary>
    /// <param name="error">An error.</param>
    public static bool IsOne(Exception error) => error is RoutingException { Code: ErrorCodes.ServerNotTrusted };

    internal static RoutingException Create(string node, TlsInspection inspection, string found, Exception? error) =>
        new($"The server of {node} is not trusted: {found}. SSL Mode={inspection.Mode} of its connection string allows only {inspection.Allowed}. Nobody logged in; a retry alone does not help.", error)
        {
            Code = ErrorCodes.ServerNotTrusted,
        };

    private static async ValueTask<string?> FindAsync(TlsInspection inspection, TimeProvider time, Deadline deadline, bool async, CancellationToken cancellationToken)
    {
        if (deadline.HasPassed)
        {
            return null;
        }

        using var limit = new OpenLimit(time, deadline, cancellationToken);
        try
        {
            return await inspection.FindFaultAsync(time.GetUtcNow(), deadline, async, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The innermost text: what is around it only says that there was an error.</summary>
    private static string? HandshakeErrorOf(Exception error)
    {
        for (var at = error; at is not null; at = at.InnerException)
        {
            if (at is AuthenticationException)
            {
                return $"the TLS handshake with it failed ({at.GetBaseException().Message.TrimEnd('.')})";
            }
        }

        return null;
    }
}
