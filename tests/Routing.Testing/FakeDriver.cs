using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.Testing;

/// <summary>What a fake does when asked to open, reset or validate: true is success. When <c>async</c> is false it must be complete on return.</summary>
public delegate ValueTask<bool> FakeStep(bool async, CancellationToken cancellationToken);

/// <summary>The usual steps.</summary>
public static class FakeSteps
{
    /// <summary>Succeeds at once, on the caller's thread.</summary>
    public static readonly FakeStep Succeed = static (_, _) => new ValueTask<bool>(true);

    /// <summary>Says no at once: not clean, not alive; an open fails.</summary>
    public static readonly FakeStep Refuse = static (_, _) => new ValueTask<bool>(false);

    /// <summary>Never ends by itself, only by its token.</summary>
    public static readonly FakeStep Hang = static async (_, cancellationToken) =>
    {
        var never = new TaskCompletionSource<bool>();
        await using var registration = cancellationToken.UnsafeRegister(
            static (source, token) => ((TaskCompletionSource<bool>)source!).TrySetCanceled(token), never);
        return await never.Task.ConfigureAwait(false);
    };

    /// <summary>Never ends at all.</summary>
    public static readonly FakeStep HangForever = static (_, _) => new ValueTask<bool>(new TaskCompletionSource<bool>().Task);

    /// <summary>Throws.</summary>
    public static FakeStep Fail(Exception error) => (_, _) => ValueTask.FromException<bool>(error);

    /// <summary>Succeeds after a while on the clock given.</summary>
    public static FakeStep After(TimeProvider time, TimeSpan delay) => async (_, cancellationToken) =>
    {
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        return true;
    };
}

/// <summary>A step that a test ends by hand. What waits for it goes on inside <see cref="Succeed"/> or <see cref="Fail"/>, on the test's thread. Ignores its token.</summary>
public sealed class FakeGate
{
    private readonly TaskCompletionSource<bool> _end = new();
    private int _entered;

    /// <summary>To be scripted.</summary>
    public FakeStep Step => (async, _) =>
    {
        Interlocked.Increment(ref _entered);
        return async ? new ValueTask<bool>(_end.Task) : new ValueTask<bool>(_end.Task.GetAwaiter().GetResult());
    };

    /// <summary>Whether the step has begun.</summary>
    public bool IsEntered => Volatile.Read(ref _entered) > 0;

    /// <summary>Ends the step with success.</summary>
    public void Succeed() => _end.SetResult(true);

    /// <summary>Ends the step with a plain no.</summary>
    public void Refuse() => _end.SetResult(false);

    /// <summary>Ends the step with an error.</summary>
    public void Fail(Exception error) => _end.SetException(error);
}

/// <summary>An error of the fake server.</summary>
public sealed class FakeDbException(string message, ErrorClass kind = ErrorClass.NotExecuted) : DbException(message)
{
    /// <summary>How <see cref="FakeDriver.Classify"/> classifies it.</summary>
    public ErrorClass Kind { get; } = kind;
}

/// <summary>
/// A driver without a server. Each open takes the next scripted step, or <see cref="DefaultOpen"/>; resets and validations
/// likewise. Counts what it has open, so that a test sees a pool that opens too much or forgets to close. Thread-safe.
/// </summary>
public sealed class FakeDriver(LaneLayout lanes = LaneLayout.Shared) : IDriver
{
    private readonly ConcurrentQueue<FakeStep> _opens = new();
    private readonly ConcurrentQueue<FakeStep> _resets = new();
    private readonly ConcurrentQueue<FakeStep> _validations = new();
    private readonly ConcurrentQueue<FakePhysicalConnection> _connections = new();
    private int _openNow;
    private int _mostOpen;
    private int _attempts;
    private int _numbers;

    /// <inheritdoc/>
    public string System => "fake";

    /// <inheritdoc/>
    public LaneLayout Lanes { get; } = lanes;

    /// <inheritdoc/>
    public bool AlwaysFresh { get; init; }

    /// <summary>Its readers do not describe their columns.</summary>
    public bool DescribesColumns => false;

    /// <summary>What an open does that no script covers. Default: succeeds at once.</summary>
    public FakeStep DefaultOpen { get; set; } = FakeSteps.Succeed;

    /// <summary>What a reset does that no script covers. Default: succeeds at once.</summary>
    public FakeStep DefaultReset { get; set; } = FakeSteps.Succeed;

    /// <summary>Whether a clean connection goes to its next holder as it is, as those of real engines do; else every return asks for a reset, which tests can then count.</summary>
    public bool KeepsClean { get; set; }

    /// <summary>What a validation does that no script covers. Default: succeeds at once.</summary>
    public FakeStep DefaultValidation { get; set; } = FakeSteps.Succeed;

    /// <summary>What a close waits for. Default: nothing.</summary>
    public Func<ValueTask>? OnClose { get; set; }

    /// <summary>Called at the start of each open, in whatever execution context the driver is called in.</summary>
    public Action? OnOpening { get; set; }

    /// <summary>Answers a command. Default: an empty result of one column.</summary>
    public Func<FakeDbCommand, FakeResult> Answer { get; set; } = static _ => FakeResult.Empty;

    /// <summary>Answers a probe. Default: a primary without positions.</summary>
    public Func<ProbeResult> Probe { get; set; } = static () => new ProbeResult(NodeRole.Primary, 0, null, null, "");

    /// <summary>Answers how many connections the server allows. Default: it has no such number.</summary>
    public Func<int?> MaxConnections { get; set; } = static () => null;

    /// <summary>Where the server is. Default: nobody knows.</summary>
    public NodeEndpoint Endpoint { get; set; } = NodeEndpoint.Unknown;

    /// <summary>Called at each step on the wire (<c>open</c>, <c>begin</c>, <c>execute</c>, <c>read</c>, <c>commit</c>, ...) with its name; throws to make it fail.</summary>
    public Action<string> OnStep { get; set; } = static _ => { };

    /// <summary>What each asynchronous read of a row waits for. Default: nothing.</summary>
    public Func<Task> OnReading { get; set; } = static () => Task.CompletedTask;

    /// <summary>Makes every asynchronous call of a driver's object go to another thread before it ends, so that a synchronous caller that uses one is found out.</summary>
    public bool GoesAsync { get; set; }

    /// <summary>Whether its connections can tell which columns are keys. Default true.</summary>
    public bool DescribesKeys { get; set; } = true;

    /// <summary>The class of errors that are not <see cref="FakeDbException"/>. Default: as of a failed open.</summary>
    public ErrorClass ClassOfOthers { get; set; } = ErrorClass.NotExecuted;

    /// <summary>Called when a transaction in which something failed asks whether COMMIT would keep it; throws if not. Default: it would.</summary>
    public Action OnEnsureCommittable { get; set; } = static () => { };

    /// <summary>Answers when asked for the position after a write. Default: none.</summary>
    public Func<NodePosition?> Capture { get; set; } = static () => null;

    /// <summary>How many opens were tried.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>How many connections are open or being opened.</summary>
    public int OpenNow => Volatile.Read(ref _openNow);

    /// <summary>The most that ever were.</summary>
    public int MostOpen => Volatile.Read(ref _mostOpen);

    /// <summary>Every connection ever opened, oldest first.</summary>
    public IReadOnlyList<FakePhysicalConnection> Connections => [.. _connections];

    /// <summary>Scripts the next open that no earlier script covers.</summary>
    public void ScriptOpen(FakeStep step) => _opens.Enqueue(step);

    /// <summary>Scripts the next reset that no earlier script covers.</summary>
    public void ScriptReset(FakeStep step) => _resets.Enqueue(step);

    /// <summary>Scripts the next validation that no earlier script covers.</summary>
    public void ScriptValidation(FakeStep step) => _validations.Enqueue(step);

    /// <summary>Holds the next open until the test ends it.</summary>
    public FakeGate HoldOpen() => Hold(_opens);

    /// <summary>Holds the next reset until the test ends it.</summary>
    public FakeGate HoldReset() => Hold(_resets);

    /// <summary>Holds the next validation until the test ends it.</summary>
    public FakeGate HoldValidation() => Hold(_validations);

    /// <inheritdoc/>
    public ErrorClass Classify(Exception error) => error is FakeDbException fake ? fake.Kind : ClassOfOthers;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <inheritdoc/>
    public ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        OnOpening?.Invoke();
        try
        {
            OnStep("open");
        }
        catch (Exception error)
        {
            return ValueTask.FromException<PhysicalConnection>(error);
        }

        CountOpen();
        return RunOpenAsync(lane, Next(_opens, DefaultOpen), async, cancellationToken);
    }

    internal async ValueTask StepAsync(string step)
    {
        if (GoesAsync)
        {
            await Task.Yield();
        }

        OnStep(step);
    }

    internal ValueTask<bool> ResetAsync(bool async, CancellationToken cancellationToken) =>
        Next(_resets, DefaultReset)(async, cancellationToken);

    internal ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken) =>
        Next(_validations, DefaultValidation)(async, cancellationToken);

    internal void CountClose() => Interlocked.Decrement(ref _openNow);

    private static FakeGate Hold(ConcurrentQueue<FakeStep> script)
    {
        var gate = new FakeGate();
        script.Enqueue(gate.Step);
        return gate;
    }

    private static FakeStep Next(ConcurrentQueue<FakeStep> script, FakeStep otherwise) =>
        !script.IsEmpty && script.TryDequeue(out var step) ? step : otherwise;

    private async ValueTask<PhysicalConnection> RunOpenAsync(Lane lane, FakeStep step, bool async, CancellationToken cancellationToken)
    {
        try
        {
            if (!await step(async, cancellationToken).ConfigureAwait(false))
            {
                throw new FakeDbException("connection refused");
            }
        }
        catch
        {
            CountClose();
            throw;
        }

        var connection = new FakePhysicalConnection(this, lane, Interlocked.Increment(ref _numbers) - 1);
        _connections.Enqueue(connection);
        return connection;
    }

    private void CountOpen()
    {
        var now = Interlocked.Increment(ref _openNow);
        var most = MostOpen;
        while (now > most)
        {
            most = Interlocked.CompareExchange(ref _mostOpen, now, most) is var seen && seen == most ? now : seen;
        }
    }
}

/// <summary>A connection of a <see cref="FakeDriver"/>. Its flags may be set from any thread.</summary>
public sealed class FakePhysicalConnection(FakeDriver driver, Lane lane, int number) : PhysicalConnection
{
    private readonly FakeDbConnection _connection = new(driver);
    private int _closes;

    /// <summary>The lane it was opened for.</summary>
    public Lane Lane { get; } = lane;

    /// <summary>0 for the driver's first.</summary>
    public int Number { get; } = number;

    /// <summary>Makes <see cref="IsBroken"/> true.</summary>
    public bool Broken { get; set; }

    /// <summary>How often it was closed; more than once is the pool's bug.</summary>
    public int Closes => Volatile.Read(ref _closes);

    /// <summary>How often it was reset.</summary>
    public int Resets { get; private set; }

    /// <summary>How often it was validated.</summary>
    public int Validations { get; private set; }

    /// <summary>How often it was interrupted.</summary>
    public int Interrupts { get; private set; }

    /// <summary>What the last reset was told.</summary>
    public Dirt LastDirt { get; private set; }

    /// <inheritdoc/>
    public override DbConnection Connection => _connection;

    /// <summary>Called whenever somebody asks whether it is broken, as a return does halfway.</summary>
    public Action? OnAskedIfBroken { get; set; }

    /// <inheritdoc/>
    public override bool IsBroken
    {
        get
        {
            OnAskedIfBroken?.Invoke();
            return Broken;
        }
    }

    /// <inheritdoc/>
    public override bool HasPendingReset => PendingReset;

    /// <summary>Makes <see cref="HasPendingReset"/> true until the next validation.</summary>
    public bool PendingReset { get; set; }

    /// <summary>How often it was told to drop what is prepared.</summary>
    public int ForgottenPlans { get; private set; }

    /// <summary>Whether no cancel outlives its command, as on an embedded engine; true unless a test says otherwise.</summary>
    public bool CancelsAreSettled { get; set; } = true;

    /// <inheritdoc/>
    public override bool CanKeep(Dirt dirt) => driver.KeepsClean && dirt == Dirt.None;

    /// <inheritdoc/>
    public override bool SettlesCancel(Exception? error) => CancelsAreSettled;

    /// <inheritdoc/>
    public override void ForgetPlans(Exception error) => ForgottenPlans++;

    /// <summary>Called by each interrupt, after it was counted.</summary>
    public Action? OnInterrupt { get; set; }

    /// <inheritdoc/>
    public override void Interrupt()
    {
        Interrupts++;
        OnInterrupt?.Invoke();
    }

    /// <inheritdoc/>
    public override ValueTask<DbTransaction> BeginTransactionAsync(
        IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken) =>
        async ? BeginAsync(isolation, readOnly) : new(Begin(isolation, readOnly));

    /// <summary>The transactions begun on it, oldest first.</summary>
    public IReadOnlyList<FakeDbTransaction> Transactions => _connection.Transactions;

    /// <inheritdoc/>
    public override ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken)
    {
        Resets++;
        LastDirt = dirt;
        return driver.ResetAsync(async, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken)
    {
        Validations++;
        PendingReset = false;
        return driver.ValidateAsync(async, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask EnsureCommittableAsync(bool async)
    {
        if (async)
        {
            await driver.StepAsync("ask").ConfigureAwait(false);
        }
        else
        {
            driver.OnStep("ask");
        }

        driver.OnEnsureCommittable();
    }

    /// <inheritdoc/>
    public override async ValueTask<NodePosition?> CapturePositionAsync(bool async, CancellationToken cancellationToken)
    {
        if (async)
        {
            await driver.StepAsync("capture").ConfigureAwait(false);
        }
        else
        {
            driver.OnStep("capture");
        }

        return driver.Capture();
    }

    /// <inheritdoc/>
    public override ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken) => new(driver.Probe());

    /// <inheritdoc/>
    public override ValueTask<int?> ReadMaxConnectionsAsync(CancellationToken cancellationToken) => new(driver.MaxConnections());

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref _closes) > 1)
        {
            return;
        }

        if (driver.OnClose is { } close)
        {
            await close().ConfigureAwait(false);
        }

        _connection.Close();
        driver.CountClose();
    }

    private async ValueTask<DbTransaction> BeginAsync(IsolationLevel isolation, bool readOnly)
    {
        await driver.StepAsync("begin").ConfigureAwait(false);
        return _connection.Begin(isolation, readOnly);
    }

    private FakeDbTransaction Begin(IsolationLevel isolation, bool readOnly)
    {
        driver.OnStep("begin");
        return _connection.Begin(isolation, readOnly);
    }
}
