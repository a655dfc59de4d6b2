using System.Data.Common;
using Routing.Drivers;

namespace Routing.Providers.PostgreSql;

/// <summary>
/// The rest of a result that nobody wants. What has arrived already is read past, which ends most results without asking
/// the server for anything; then the server is told to stop, and again a little is read past. A result that has not ended by
/// then is left as it is: reading on could take as long as the result is, so its connection must close. Belongs to one
/// reader, used once.
/// </summary>
internal sealed class AbandonedResult(PhysicalConnection physical, DbDataReader reader, TimeProvider time, TimeSpan cancelLimit)
{
    /// <summary>
    /// How many rows are read past before the cancel, and again after it. Columns are not looked at, not even for their size:
    /// a sequential reader may have part of a row only, would wait for the rest, and the driver gives a connection up whose
    /// wait inside of a row is cancelled.
    /// </summary>
    public const int MostRows = 10_000;

    /// <summary>How long is read before the cancel, where rows are so large that few take long, and how long the end is waited for after it.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(50);

    private Task _cancelling = Task.CompletedTask;
    private Task<bool> _reading = Task.FromResult(false);

    /// <summary>What still works on the connection after <see cref="ReaderEnding.Left"/>; ends by the driver's time-outs.</summary>
    public Task Rest => Task.WhenAll(_cancelling, _reading);

    public async ValueTask<ReaderEnding> EndAsync(bool async)
    {
        _reading = ReadPastAsync();
        if (_reading.IsCompleted && await _reading.ConfigureAwait(false))
        {
            return ReaderEnding.ReadToEnd;
        }

        if (!await CancelAsync(async).ConfigureAwait(false))
        {
            return ReaderEnding.Left;
        }

        if (_reading.IsCompleted && !await _reading.ConfigureAwait(false))
        {
            _reading = ReadPastAsync();
        }

        return await IsDoneAsync(_reading, MostTime, async).ConfigureAwait(false) && await _reading.ConfigureAwait(false)
            ? ReaderEnding.Cancelled
            : ReaderEnding.Left;
    }

    /// <summary>The cancel blocks its thread, for a new connection to the server and until that one is closed again.</summary>
    private async ValueTask<bool> CancelAsync(bool async)
    {
        if (!async)
        {
            physical.Interrupt();
            return true;
        }

        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _cancelling = Task.Run(physical.Interrupt);
        }

        return await IsDoneAsync(_cancelling, cancelLimit, async: true).ConfigureAwait(false);
    }

    private async ValueTask<bool> IsDoneAsync(Task task, TimeSpan limit, bool async)
    {
        if (async)
        {
            await task.WaitAsync(limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else if (!task.IsCompleted)
        {
            // A read that waits cannot become a blocking one; this waits for it no longer than the limit.
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne(limit);
        }

        return task.IsCompleted;
    }

    /// <summary>Whether it came to the end. Completes at once as long as rows have arrived already.</summary>
    private async Task<bool> ReadPastAsync()
    {
        var left = MostRows;
        var started = time.GetTimestamp();
        try
        {
            do
            {
                while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    if (--left == 0 || time.GetElapsedTime(started) >= MostTime)
                    {
                        return false;
                    }
                }
            }
            while (await reader.NextResultAsync(CancellationToken.None).ConfigureAwait(false));
            return true;
        }
#pragma warning disable CA1031 // The echo of the cancel, or an error that nobody waits for: either ends the result. A connection that broke says so itself.
        catch (Exception)
#pragma warning restore CA1031
        {
            return true;
        }
    }
}
