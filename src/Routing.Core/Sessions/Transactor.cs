using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Pools;
using Routing.Transactions;

namespace Routing.Sessions;

/// <summary>
/// Runs a delegate in a transaction and commits, again where the server rolled it back or the connection was lost before
/// COMMIT. The retry itself is Polly's. Thread-safe.
/// </summary>
internal sealed class Transactor(DataSourceRuntime source)
{
    private readonly ResiliencePipeline _standard = Pipeline(source, new TransactionOptions().MaxAttempts);

    public async Task<(CommitResult Commit, TResult Result)> RunAsync<TResult>(
        Func<SessionTransaction, CancellationToken, Task<TResult>> work, TransactionOptions? options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(work);
        options ??= new TransactionOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxAttempts, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxAttempts, 100, nameof(options));
        using var activity = StartActivity();
        var run = new Run<TResult>(work, options);
        var pipeline = options.MaxAttempts == new TransactionOptions().MaxAttempts ? _standard : Pipeline(source, options.MaxAttempts);
        try
        {
            var done = await pipeline.ExecuteAsync(
                (state, token) => new ValueTask<Done<TResult>>(AttemptAsync(state, token)), run, ct).ConfigureAwait(false);

            // Outside of the retry: the commit stands, whatever its effects throw. A delegate that rolled back has none left.
            await done.Effects.RunAsync(ct).ConfigureAwait(false);
            return (done.Commit, done.Result);
        }
        catch (Exception error)
        {
            var cause = error is RerunnableException { InnerException: { } inner } ? inner : error;
            activity?.SetStatus(ActivityStatusCode.Error);
            activity?.SetTag(Tags.ErrorType, cause.GetType().FullName);
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
        finally
        {
            activity?.SetTag(Tags.Attempts, run.Attempts);
        }
    }

    /// <summary>The parent of everything that the attempts send. It sends nothing itself, so it is not a client's span.</summary>
    private Activity? StartActivity()
    {
        var activity = Telemetry.IsSupported && RoutingActivitySource.Source.HasListeners() ? RoutingActivitySource.Source.StartActivity("TRANSACTION", ActivityKind.Internal) : null;
        activity?.SetTag(Tags.DataSource, source.Name);
        return activity;
    }

    private async Task<Done<TResult>> AttemptAsync<TResult>(Run<TResult> run, CancellationToken ct)
    {
        run.Attempts++;
        var session = new Session(source, new SessionOptions { Tag = run.Options.Tag, Token = Positions.TokenOfOneShot(source) }, LeaseOwner.Current);
        await using var _ = session.ConfigureAwait(false);
        var transaction = await BeginAsync(session, run, ct).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        var result = await WorkAsync(session, transaction, run, ct).ConfigureAwait(false);
        return new Done<TResult>(await CommitAsync(session, transaction, ct).ConfigureAwait(false), result, transaction.Effects);
    }

    private async Task<SessionTransaction> BeginAsync<TResult>(Session session, Run<TResult> run, CancellationToken ct)
    {
        try
        {
            return await session.BeginAsync(run.Options, run.Attempts, async: true, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (MayRunAgain(error))
        {
            throw new RerunnableException(error, ClassOf(error));
        }
    }

    private async Task<TResult> WorkAsync<TResult>(Session session, SessionTransaction transaction, Run<TResult> run, CancellationToken ct)
    {
        // One-shot calls inside the delegate need a second connection; marking the flow lets their pool see that they
        // wait for the very transaction they are inside of.
        LeaseOwner.Current = session.Holder.Owner;
        try
        {
            return await run.Work(transaction, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (transaction.Outcome is null && CauseOf(transaction, error) is { } cause)
        {
            throw new RerunnableException(error, ClassOf(cause));
        }
    }

    private async Task<CommitResult> CommitAsync(Session session, SessionTransaction transaction, CancellationToken ct)
    {
        if (transaction.Outcome is { } outcome)
        {
            // The delegate ended it itself.
            return new CommitResult(outcome, session.Scope.Token);
        }

        try
        {
            return await transaction.CommitOnlyAsync(async: true, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not CommitOutcomeUnknownException && (MayRunAgain(error) || transaction.Failures.Any(MayRunAgain)))
        {
            // Nothing is applied; a delegate that swallowed the failure that ended its transaction runs again as well.
            throw new RerunnableException(error, ClassOf(MayRunAgain(error) ? error : transaction.Failures.First(MayRunAgain)));
        }
    }

    /// <summary>
    /// The failure of this very transaction that <paramref name="error"/> stems from, if it may be rerun. Errors of other
    /// connections, which the delegate may use as well, say nothing about it; and what its own error was wrapped in, does not
    /// matter.
    /// </summary>
    private Exception? CauseOf(SessionTransaction transaction, Exception error)
    {
        var failures = transaction.AllFailures;
        var failure = failures.FirstOrDefault(MayRunAgain);
        return failure is not null && Stems(error, failures) ? failure : null;
    }

    private static bool Stems(Exception? error, IReadOnlyList<Exception> failures)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (failures.Contains(error) || (error is AggregateException several && several.InnerExceptions.Any(inner => Stems(inner, failures))))
            {
                return true;
            }
        }

        return false;
    }

    private bool MayRunAgain(Exception error) =>
        ClassOf(error) is ErrorClass.RolledBack or ErrorClass.ReplicaConflict or ErrorClass.ConnectionLost or ErrorClass.NotExecuted or ErrorClass.StalePlan;

    private ErrorClass ClassOf(Exception error) => Failure.Classify(source.Pools.All.First().Driver, error);

    private static ResiliencePipeline Pipeline(DataSourceRuntime source, int maxAttempts) => maxAttempts == 1
        ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = source.Time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = maxAttempts - 1,
                Delay = TimeSpan.FromMilliseconds(10),
                MaxDelay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = Primitives.FastRandom.NextDouble,
                ShouldHandle = static attempt => new ValueTask<bool>(attempt.Outcome.Exception is RerunnableException),
                OnRetry = attempt =>
                {
                    var rerunnable = (RerunnableException)attempt.Outcome.Exception!;
                    Log.TransactionRerun(source.Logger, rerunnable.InnerException, source.Name, rerunnable.ErrorClass.ToString(), attempt.AttemptNumber + 2, maxAttempts);
                    return default;
                },
            })
            .Build();

    private sealed class Run<TResult>(Func<SessionTransaction, CancellationToken, Task<TResult>> work, TransactionOptions options)
    {
        public Func<SessionTransaction, CancellationToken, Task<TResult>> Work { get; } = work;

        public TransactionOptions Options { get; } = options;

        public int Attempts { get; set; }
    }

    private sealed record Done<TResult>(CommitResult Commit, TResult Result, TransactionEffects Effects);

    /// <summary>Carries an error, whose transaction is known to have left nothing behind, to the retry; it never leaves this class.</summary>
#pragma warning disable CA1032, CA1064, MA0015 // not an exception that anybody else makes or sees
    private sealed class RerunnableException(Exception error, ErrorClass errorClass) : Exception(error.Message, error)
#pragma warning restore CA1032, CA1064, MA0015
    {
        public ErrorClass ErrorClass => errorClass;
    }
}
