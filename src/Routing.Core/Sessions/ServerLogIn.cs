using System.Globalization;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Sessions;

/// <summary>
/// How connections to one server are opened that asks who one is: within a deadline, and once more with newer credentials where
/// it refused some that may be out of date. For engines: a driver, or a part of it, that says how to connect once. Thread-safe if
/// what it is derived to is.
/// </summary>
/// <typeparam name="TConnection">What a log-in gives.</typeparam>
public abstract class ServerLogIn<TConnection>
{
    private readonly CachedCredentials? _credentials;

    /// <summary>For a node.</summary>
    /// <param name="context">The node; with a credential provider among its options that one is asked.</param>
    protected ServerLogIn(DriverContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Context = context;
        Name = $"{context.DataSource}/{context.Node}";
        if (context.Options.CredentialProvider is { } provider)
        {
            _credentials = new CachedCredentials(provider, context.Time, context.DataSource, context.Node);
        }
    }

    /// <summary>What errors call the node: <c>orders/a</c>.</summary>
    public string Name { get; }

    /// <summary>The node.</summary>
    protected DriverContext Context { get; }

    /// <summary>Logs in, and once more where the server refused credentials that may be out of date.</summary>
    /// <param name="async">Whether to open asynchronously.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellationToken">Ends the wait; a synchronous open may look at it between its steps only.</param>
    /// <returns>What <see cref="ConnectAsync"/> gave.</returns>
    /// <exception cref="TimeoutException">The deadline passed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    protected ValueTask<TConnection> LogInAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        // What opening starts (keep-alive timers, type loading, pools) outlives the caller and must not hold on to its context.
        if (ExecutionContext.IsFlowSuppressed())
        {
            return RunAsync(async, deadline, cancellationToken);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return RunAsync(async, deadline, cancellationToken);
        }
    }

    /// <summary>Tries one log-in, and leaves nothing open where it fails.</summary>
    /// <param name="credentials">With whom to log in; null for those of the connection string.</param>
    /// <param name="async">Whether to open asynchronously.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellationToken">Cancelled by the caller, and when the deadline passes.</param>
    /// <returns>What was opened.</returns>
    protected abstract ValueTask<TConnection> ConnectAsync(NodeCredentials? credentials, bool async, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Whether the server did not take the credentials.</summary>
    /// <param name="error">What <see cref="ConnectAsync"/> threw.</param>
    /// <returns>True to try once more with newer ones.</returns>
    protected abstract bool IsRefusedLogIn(Exception error);

    /// <summary>Whether the driver says by it that its own time-out has passed.</summary>
    /// <param name="error">What <see cref="ConnectAsync"/> threw.</param>
    /// <param name="hasPassed">Whether the deadline has, and the caller did not cancel.</param>
    /// <returns>True for a <see cref="TimeoutException"/> in the error's place.</returns>
    protected abstract bool IsTimeOut(Exception error, bool hasPassed);

    /// <summary>Where to look for a certificate that is not trusted.</summary>
    /// <param name="error">What <see cref="ConnectAsync"/> threw.</param>
    /// <returns>Null where it was not about the certificate.</returns>
    protected virtual TlsInspection? InspectionAfter(Exception error) => null;

    private async ValueTask<TConnection> RunAsync(bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        using var limit = new OpenLimit(Context.Time, deadline, cancellationToken);
        try
        {
            var credentials = await GetCredentialsAsync(async, limit.Token).ConfigureAwait(false);
            try
            {
                return await ConnectAsync(credentials, async, deadline, limit.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (credentials is not null && IsRefusedLogIn(error))
            {
                _credentials!.Invalidate(credentials);
            }

            credentials = await GetCredentialsAsync(async, limit.Token).ConfigureAwait(false);
            return await ConnectAsync(credentials, async, deadline, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (HasTimedOut(error, limit, deadline, cancellationToken))
        {
            throw CodedErrors.Timeout(
                ErrorCodes.OpenTimedOut,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Opening a connection to {Name} did not end in time; Timeouts:Connect of data source '{Context.DataSource}' is {Context.Options.Timeouts.Connect.TotalSeconds} s. Nothing was sent; a retry is safe."),
                error);
        }
        catch (Exception error) when (InspectionAfter(error) is { } inspection)
        {
            if (await TlsRefusal.ExplainAsync(Name, inspection, error, Context.Time, deadline, async, cancellationToken).ConfigureAwait(false) is { } refusal)
            {
                throw refusal;
            }

            throw;
        }
    }

    private bool HasTimedOut(Exception error, OpenLimit limit, Deadline deadline, CancellationToken cancellationToken) => error is OperationCanceledException
        ? limit.HasPassed && !cancellationToken.IsCancellationRequested
        : IsTimeOut(error, (limit.HasPassed || deadline.HasPassed) && !cancellationToken.IsCancellationRequested);

    private async ValueTask<NodeCredentials?> GetCredentialsAsync(bool async, CancellationToken cancellationToken)
    {
        if (_credentials is null)
        {
            return null;
        }

        var credentials = _credentials.GetAsync(cancellationToken).AsTask();
        await UserCode.EndAsync(new ValueTask(credentials), async).ConfigureAwait(false);
        return await credentials.ConfigureAwait(false);
    }
}
