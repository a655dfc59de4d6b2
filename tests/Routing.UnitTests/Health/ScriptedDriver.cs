using System.Data;
using System.Data.Common;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Topology;

namespace Routing.UnitTests.Health;

/// <summary>A driver whose opens and probes do what the test says, and which counts what is open. Thread-safe.</summary>
internal sealed class ScriptedDriver : IDriver
{
    private int _open;
    private int _opened;
    private int _asked;

    /// <summary>Connections open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections ever opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Probes ever begun.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public ProbeResult Answer { get; set; } = new(NodeRole.Primary, 0, null, null, "");

    /// <summary>Runs before each open; throws or waits to script it.</summary>
    public Func<CancellationToken, Task> OnOpen { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs in each probe; throws or waits to script it.</summary>
    public Func<CancellationToken, Task> OnProbe { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs in each close.</summary>
    public Func<Task> OnClose { get; set; } = static () => Task.CompletedTask;

    public bool BreaksOnFailure { get; set; } = true;

    public Deadline LastDeadline { get; private set; }

    public string System => "scripted";

    public LaneLayout Lanes => LaneLayout.Shared;

    public bool AlwaysFresh => false;

    public async ValueTask<PhysicalConnection> OpenAsync(Lane lane, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        LastDeadline = deadline;
        await OnOpen(cancellationToken);
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _opened);
        return new Connected(this);
    }

    public ErrorClass Classify(Exception error) => error is ScriptedException scripted ? scripted.ErrorClass : ErrorClass.Statement;

    public ValueTask DisposeAsync() => default;

    private sealed class Connected(ScriptedDriver driver) : PhysicalConnection
    {
        private bool _broken;
        private int _closed;

        public override DbConnection Connection => throw new NotSupportedException();

        public override bool IsBroken => _broken;

        public override void Interrupt()
        {
        }

        public override ValueTask<DbTransaction> BeginTransactionAsync(
            IsolationLevel isolation, bool readOnly, bool async, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<bool> ResetAsync(Dirt dirt, bool async, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<bool> ValidateAsync(bool async, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override async ValueTask<ProbeResult> ProbeAsync(bool async, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref driver._asked);
            Assert.Equal(0, Volatile.Read(ref _closed));
            try
            {
                await driver.OnProbe(cancellationToken);
                return driver.Answer;
            }
            catch
            {
                _broken = driver.BreaksOnFailure;
                throw;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await driver.OnClose();
            if (Interlocked.Exchange(ref _closed, 1) == 0)
            {
                Interlocked.Decrement(ref driver._open);
            }
        }
    }
}

internal sealed class ScriptedException(ErrorClass errorClass, string message = "scripted") : Exception(message)
{
    public ErrorClass ErrorClass { get; } = errorClass;
}

/// <summary>A position on a line.</summary>
internal sealed class ScriptedPosition(long value) : NodePosition
{
    public long Value { get; } = value;

    public override bool Covers(NodePosition required) => Value >= ((ScriptedPosition)required).Value;

    public override string ToString() => $"@{Value}";
}
