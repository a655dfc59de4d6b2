using System.Data.Common;
using Routing.Primitives;

namespace Routing.Providers.MySql;

/// <summary>
/// Ends the command that runs on a connection: at its caller's token, at its time-out, or when somebody asks. It does so by a
/// KILL QUERY over a connection of its own, because the client libraries' own ways differ, and MySql.Data's neither heed a
/// token nor survive a time-out. A kill begins only under the gate and only while a command runs, and nothing else runs on
/// the connection until <see cref="SettleAsync"/> has seen the kill end: so it never hits another's command.
/// </summary>
internal sealed class CommandGuard : IAsyncDisposable
{
    // A kill that reaches the server before its command does nothing, so it is sent again as long as the command runs.
    private static readonly TimeSpan KillAgain = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private readonly MySqlNode _node;
    private readonly DbConnection _connection;
    private readonly object _gate = new();
    private readonly ITimer _timer;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private Ending _ending;
    private long _deadline;
    private long? _firstKill;
    private int _seconds;
    private bool _isReading;
    private int _depth;
    private bool _isKilling;
    private Task _kill = Task.CompletedTask;
    private volatile bool _mustSettle;
    private volatile bool _isLost;

    public CommandGuard(MySqlNode node, DbConnection connection)
    {
        _node = node;
        _connection = connection;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _timer = node.Time.CreateTimer(static state => ((CommandGuard)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private enum Ending
    {
        None,
        Token,
        Deadline,
        Asked,
    }

    /// <summary>The number that KILL takes; set at birth.</summary>
    public long ConnectionId { get; set; }

    /// <summary>Whether a kill could not be carried through: the connection was torn down, so that its command ends.</summary>
    public bool IsLost => _isLost;

    /// <summary>Whether a command or its reader has not ended.</summary>
    public bool IsBusy => Volatile.Read(ref _depth) > 0;

    /// <summary>Whether a kill was sent that nobody has waited for yet.</summary>
    public bool MustSettle => _mustSettle;

    /// <summary>A command starts. Of two at once, a reader and a command beside it, which the server refuses, the first counts.</summary>
    public void Arm(int seconds, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_depth++ > 0)
            {
                return;
            }

            _ending = Ending.None;
            _firstKill = null;
            _isReading = false;
            _token = cancellationToken;
            _seconds = seconds;
            _deadline = seconds == 0 ? long.MaxValue : _node.Time.GetTimestamp() + (seconds * _node.Time.TimestampFrequency);
        }

        if (seconds != 0)
        {
            _timer.Change(TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            // Outside the gate: a token cancelled just now runs the callback right here.
            _registration = cancellationToken.UnsafeRegister(static state => ((CommandGuard)state!).End(Ending.Token), this);
        }
    }

    /// <summary>The command and its reader have ended.</summary>
    public void Disarm()
    {
        CancellationTokenRegistration registration;
        lock (_gate)
        {
            if (--_depth > 0)
            {
                return;
            }

            registration = _registration;
            _registration = default;
            _token = default;
        }

        // Outside the gate: Dispose waits for a callback that runs now, and that wants the gate.
        registration.Dispose();
    }

    /// <summary>The command has a reader: errors from now on are the reader's.</summary>
    public void ReaderIsOpen() => _isReading = true;

    /// <summary>Tears the connection down where an error of the server leaves a reader behind that the client library cannot close.</summary>
    public void NoteError(Exception error)
    {
        if (!_isReading || _isLost || _node.ClosesFailedReaders || MySqlClient.NumberOf(error) is 0 or MySqlErrors.Interrupted)
        {
            return;
        }

        // The server closes the socket, which ends the wait of whoever closes the reader.
        _isLost = true;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(async () =>
            {
                await _node.KillAsync("KILL CONNECTION", ConnectionId).ConfigureAwait(false);
                TearDown();
            });
        }
    }

    /// <summary>Somebody else ends the command. Does nothing when none runs.</summary>
    public void Interrupt() => End(Ending.Asked);

    /// <summary>What the caller is to see instead of this error; the error itself when nobody ended the command. Before <see cref="Disarm"/>.</summary>
    public Exception Translate(Exception error) => Ended(error) ?? error;

    /// <summary>A command that was killed may end well, with a result that is no result: <c>SLEEP</c> and <c>BENCHMARK</c> do.</summary>
    public void ThrowIfEnded()
    {
        if (Ended(error: null) is { } ended)
        {
            throw ended;
        }
    }

    /// <summary>
    /// Waits until the kill that was sent has come to its end, and lets a statement of no meaning take what may be left of it. The
    /// wait is bounded by the time for cancels.
    /// </summary>
    public async ValueTask SettleAsync(bool async)
    {
        await WaitForKillAsync(async).ConfigureAwait(false);
        _mustSettle = false;
        if (_isLost)
        {
            throw Lost(error: null);
        }

        await AbsorbAsync(async).ConfigureAwait(false);
    }

    /// <summary>Waits until the kill that was sent, if any, has come to its end.</summary>
    public async ValueTask WaitForKillAsync(bool async)
    {
        if (async)
        {
            await _kill.ConfigureAwait(false);
            return;
        }

        lock (_gate)
        {
            while (_isKilling)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _depth = 0;
        }

        await _registration.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connection under its command, from another thread: the pending read fails.</summary>
    public void TearDown()
    {
        _isLost = true;
        if (MySqlSocket.Of(_connection) is { } socket)
        {
            socket.Dispose();
            return;
        }

        _ = Task.Run(() =>
        {
            try
            {
                _connection.Dispose();
            }
#pragma warning disable CA1031 // Whatever the library makes of being closed while it reads.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        });
    }

    private IOException Lost(Exception? error) =>
        new IOException($"The connection to {_node.Name} was torn down, because the server did not take the cancel of a command in time.", error);

    private Exception? Ended(Exception? error)
    {
        lock (_gate)
        {
            return _ending switch
            {
                Ending.Token => new OperationCanceledException($"The command on {_node.Name} was cancelled.", error, _token),
                Ending.Deadline => MySqlErrors.TimedOut(_node.Name, _node.DataSource, _seconds, error),

                // MySql.Data may read a killed command's end as if it were a result, and fail over it.
                Ending.Asked when error is not DbException => new OperationCanceledException($"The command on {_node.Name} was interrupted.", error),
                _ => null,
            };
        }
    }

    private void End(Ending why)
    {
        lock (_gate)
        {
            if (_depth == 0)
            {
                return;
            }

            _ending = _ending == Ending.None ? why : _ending;
            KillNeedsLock();
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            if (_depth == 0)
            {
                return;
            }

            if (_ending == Ending.None)
            {
                var now = _node.Time.GetTimestamp();
                if (now < _deadline)
                {
                    // Set for a command that has ended, and this is another.
                    if (_deadline != long.MaxValue)
                    {
                        _timer.Change(_node.Time.GetElapsedTime(now, _deadline), Timeout.InfiniteTimeSpan);
                    }

                    return;
                }

                _ending = Ending.Deadline;
            }

            KillNeedsLock();
        }
    }

    private void KillNeedsLock()
    {
        if (_isKilling || _isLost)
        {
            return;
        }

        _isKilling = true;
        _mustSettle = true;
        _firstKill ??= _node.Time.GetTimestamp();
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _kill = Task.Run(KillAsync);
        }
    }

    private async Task KillAsync()
    {
        var isKilled = await _node.KillAsync("KILL QUERY", ConnectionId).ConfigureAwait(false);
        lock (_gate)
        {
            if (!isKilled || (_depth > 0 && OutlivesKills()))
            {
                TearDown();
            }
            else if (_depth > 0)
            {
                _timer.Change(KillAgain, Timeout.InfiniteTimeSpan);
            }

            _isKilling = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// A server may take a kill over another connection and have lost this one, so that its command's end never comes. One that is
    /// there needs a while: what it sent before is read first.
    /// </summary>
    private bool OutlivesKills() => _firstKill is { } first && _node.Time.GetElapsedTime(first) >= LongestEnd + _node.Options.Timeouts.Cancel;

    private async ValueTask AbsorbAsync(bool async)
    {
        var command = _connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = "DO SLEEP(0)";
            command.CommandTimeout = async ? 0 : Math.Max(1, (int)Math.Ceiling(_node.Options.Timeouts.Cancel.TotalSeconds));
            try
            {
                if (async)
                {
                    using var limit = new CancellationTokenSource(_node.Options.Timeouts.Cancel, _node.Time);
                    await command.ExecuteNonQueryAsync().WaitAsync(limit.Token).ConfigureAwait(false);
                }
                else
                {
                    command.ExecuteNonQuery();
                }
            }
            catch (DbException error) when (MySqlClient.NumberOf(error) == MySqlErrors.Interrupted)
            {
                // Absorbed.
            }
            catch (OperationCanceledException error)
            {
                TearDown();
                throw Lost(error);
            }
        }
    }
}
