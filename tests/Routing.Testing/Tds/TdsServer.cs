using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Routing.Testing.Tds;

/// <summary>
/// A server that speaks enough of the protocol (MS-TDS 7.4) for the real SqlClient to work with it over loopback. It proves
/// what a driver sends and how it takes the answers. What its SQL means is the engine's affair, which is not SQL Server:
/// nothing about SQL Server's own behaviour is shown by a test on it. Thread-safe.
/// </summary>
public sealed class TdsServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<int, TdsSession> _sessions = new();
    private int _lastId = 50;
    private volatile bool _isClosed;

    /// <summary>Listens on a free port of the loopback address.</summary>
    /// <param name="engine">What runs the SQL; the server owns it.</param>
    /// <param name="certificate">For TLS; null for a server without it.</param>
    public TdsServer(ITdsEngine engine, X509Certificate2? certificate = null)
    {
        Engine = engine;
        Certificate = certificate;
        _listener.Start();
        Start(Accept, "tds accept");
    }

    /// <summary>What runs the SQL.</summary>
    public ITdsEngine Engine { get; }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The sessions that are open.</summary>
    public IReadOnlyCollection<TdsSession> Sessions => [.. _sessions.Values];

    /// <summary>How many were ever opened.</summary>
    public int Opened => _lastId - 50;

    /// <summary>Called before each text is run; may throw a <see cref="TdsException"/>, answer it itself (true), wait, or drop the session.</summary>
    public Func<TdsSession, string, TdsAnswer, bool>? OnText { get; set; }

    /// <summary>Called when a client logs in; may throw a <see cref="TdsException"/> to refuse it, or wait.</summary>
    public Action<TdsLogin>? OnLogin { get; set; }

    internal X509Certificate2? Certificate { get; }

    /// <summary>For SqlClient, without TLS.</summary>
    /// <param name="database">The database.</param>
    public string ConnectionString(string database) =>
        $"Data Source=tcp:127.0.0.1,{Port};User ID=test;Password=test;Initial Catalog={database};Encrypt=Optional";

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _listener.Stop();
        foreach (var session in _sessions.Values)
        {
            session.Drop();
        }

        Engine.Dispose();
    }

    internal static void Start(Action work, string name)
    {
        // Sessions block on their sockets; the thread pool is the tests' own.
        var thread = new Thread(() => work(), maxStackSize: 512 * 1024) { IsBackground = true, Name = name };
        thread.UnsafeStart();
    }

    internal void Closed(TdsSession session) => _sessions.TryRemove(session.Id, out _);

    private void Accept()
    {
        while (!_isClosed)
        {
            Socket socket;
            try
            {
                socket = _listener.AcceptSocket();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            socket.NoDelay = true;
            var session = new TdsSession(this, Interlocked.Increment(ref _lastId), socket);
            _sessions[session.Id] = session;
            Start(session.Run, "tds session");
        }
    }
}
