using System.Data.Common;

namespace Routing.Sessions;

/// <summary>
/// The driver's command, or batch, that a routed command runs now, for a Cancel from another thread. The lock keeps a late
/// Cancel from the driver's object once it has ended: it then serves the next command of its connection, perhaps
/// somebody else's. Thread-safe.
/// </summary>
internal sealed class RunningCommand
{
    private readonly Lock _lock = new();
    private object? _native;
    private bool _wasCancelled;

    public void Begin(object native)
    {
        lock (_lock)
        {
            _native = native;
            _wasCancelled = false;
        }
    }

    /// <summary>Before the driver's object goes; says whether it was cancelled meanwhile, so that its connection is not trusted blindly.</summary>
    public bool End(object native)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_native, native))
            {
                return false;
            }

            _native = null;
            return _wasCancelled;
        }
    }

    public void Cancel()
    {
        lock (_lock)
        {
            switch (_native)
            {
                case DbCommand command:
                    _wasCancelled = true;
                    command.Cancel();
                    break;
                case DbBatch batch:
                    _wasCancelled = true;
                    batch.Cancel();
                    break;
                default:
                    break;
            }
        }
    }
}
