using System.Data.Common;
using Routing.Sessions;

namespace Routing;

/// <summary>Keeps a session on one connection until disposed. Not thread-safe.</summary>
public sealed class SessionPin : IAsyncDisposable
{
    private readonly Session _session;
    private readonly HeldLease _held;
    private bool _disposed;

    internal SessionPin(Session session, HeldLease held)
    {
        _session = session;
        _held = held;
    }

    /// <summary>The node the session is on.</summary>
    public string Node => _held.Lease.Node.Name;

    /// <summary>
    /// The driver's own open connection (<c>NpgsqlConnection</c>, <c>SqliteConnection</c>), for code that insists on that
    /// type, such as a <c>DbContext</c>. It is the session's: do not close or keep it past the pin. After it was handed
    /// out the pool trusts nothing on it and resets it in full.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session is read-only.</exception>
    public DbConnection PhysicalConnection
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _session.RefuseHandingOut();
            _held.HandOut();
            return _held.Lease.Physical.Connection;
        }
    }

    /// <summary>Lets the connection go, unless a transaction or session state still needs it. Idempotent.</summary>
    public ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return ValueTask.CompletedTask;
        }

        _disposed = true;
        _held.Pins--;
        return _session.UnpinAsync();
    }
}
