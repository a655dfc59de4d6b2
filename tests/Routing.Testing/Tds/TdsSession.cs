using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>
/// One client: a thread that reads its messages, so that an attention is seen while a request runs, and a thread that
/// answers them in order.
/// </summary>
public sealed class TdsSession : IDisposable
{
    private readonly TdsServer _server;
    private readonly TdsChannel _channel;
    private readonly BlockingCollection<TdsMessage> _messages = [];
    private readonly TdsAttention _attention = new();
    private readonly TdsStatements _statements = new();
    private readonly ConcurrentQueue<string> _log = new();
    private ITdsEngineSession? _engine;
    private long _transaction;
    private string _bulk = "";
    private int _resets;

    internal TdsSession(TdsServer server, int id, Socket socket)
    {
        _server = server;
        Id = id;
        _channel = new TdsChannel(new NetworkStream(socket, ownsSocket: true), () => socket.Close(0));
    }

    /// <summary>The server's number of it.</summary>
    public int Id { get; }

    /// <summary>What <c>@@spid</c> says in it; null before the log-in.</summary>
    public int? Spid => Volatile.Read(ref _engine)?.Id;

    /// <summary>Who logged in; null before that.</summary>
    public TdsLogin? Login { get; private set; }

    /// <summary>How often the client asked for a reset.</summary>
    public int Resets => Volatile.Read(ref _resets);

    /// <summary>What it was asked to run, oldest first: texts, procedures, <c>BEGIN</c> and its siblings, <c>ATTENTION</c>, <c>RESET</c>.</summary>
    public IReadOnlyList<string> Log => [.. _log];

    /// <summary>Cuts the connection now.</summary>
    public void Drop() => _channel.Dispose();

    /// <inheritdoc/>
    public void Dispose() => Drop();

    /// <summary>Cuts the connection when so many bytes more of answers have been sent.</summary>
    public void DropAfter(long bytes) => _channel.DropAfter(bytes);

    internal void Run()
    {
        try
        {
            LogIn();
            TdsServer.Start(Listen, "tds reader");
            foreach (var message in _messages.GetConsumingEnumerable())
            {
                Answer(message);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException or SocketException or TdsException)
        {
            // The client has gone, or was sent away.
        }
        finally
        {
            _server.Closed(this);
            _engine?.Dispose();
            Dispose();
        }
    }

    private void LogIn()
    {
        var message = _channel.Read() ?? throw new IOException("The client left.");
        if (message.Type == TdsPacketType.Prelogin)
        {
            TdsHandshake.Run(_channel, message, _server.Certificate);
            message = _channel.Read() ?? throw new IOException("The client left.");
        }

        Login = TdsLogin.Parse(message.Payload);
        _channel.Stream = _channel.PlainAfterLogin ?? _channel.Stream;
        var answer = new TdsAnswer(_channel);
        try
        {
            _server.OnLogin?.Invoke(Login);
            _engine = _server.Engine.Open(Login);
        }
        catch (TdsException error)
        {
            answer.Fail(error);
            answer.End();
            throw;
        }

        var size = Login.PacketSize is >= 512 and <= 32767 ? Login.PacketSize : 4096;
        answer.Changed(1, _engine.Database, "master");
        answer.Info(5701, $"Changed database context to '{_engine.Database}'.");
        answer.Collated();
        answer.Changed(2, "us_english");
        answer.LoggedIn(0x74000004);
        answer.Changed(4, size.ToString(System.Globalization.CultureInfo.InvariantCulture), "4096");
        answer.End();
        _channel.Resize(size);
    }

    private void Listen()
    {
        try
        {
            while (_channel.Read() is { } message)
            {
                if (!IsAttentionForWhatRuns(message))
                {
                    _messages.Add(message);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
        {
            // The client has gone.
        }

        _messages.CompleteAdding();
        _attention.Come(_engine!);
    }

    private bool IsAttentionForWhatRuns(TdsMessage message)
    {
        if (message.Type != TdsPacketType.Attention)
        {
            _attention.Asked();
            return false;
        }

        _log.Enqueue("ATTENTION");
        return _attention.Come(_engine!);
    }

    private void Answer(TdsMessage message)
    {
        var answer = new TdsAnswer(_channel);
        if (message.Type == TdsPacketType.Attention)
        {
            answer.End(attention: true);
            return;
        }

        // The reset is done even when the request that carries it is given up, so no attention reaches the engine before its end.
        _engine!.Start();
        ResetIfAsked(message.Status, answer);
        var isOver = false;
        try
        {
            if (!message.Status.HasFlag(TdsPacketStatus.Ignore) && _attention.Begin())
            {
                Run(message, answer);
            }
        }
        catch (TdsException error) when (!_attention.HasCome)
        {
            isOver = error.Severity >= 20;
            Fail(error, answer);
        }
        catch (Exception error) when (error is OperationCanceledException or TdsException)
        {
            // The end of the answer says so.
        }
        catch (Exception error) when (error is not (IOException or ObjectDisposedException or SocketException))
        {
            // What this server does not understand must fail one test and not end the process.
            Fail(new TdsException(50001, 16, "The test server failed: " + error), answer);
        }

        Tell(answer);
        answer.End(_attention.End());
        if (isOver)
        {
            throw new IOException("The error ended the session.");
        }
    }

    private void Fail(TdsException error, TdsAnswer answer)
    {
        answer.Fail(error);
        if (answer.InProcedure)
        {
            answer.Returned([]);
            answer.EndProcedure();
        }
    }

    private void ResetIfAsked(TdsPacketStatus status, TdsAnswer answer)
    {
        var keeps = status.HasFlag(TdsPacketStatus.ResetConnectionKeepTransaction);
        if (!keeps && !status.HasFlag(TdsPacketStatus.ResetConnection))
        {
            return;
        }

        _log.Enqueue("RESET");
        Interlocked.Increment(ref _resets);
        _statements.Clear();
        _engine!.Reset(keeps);
        Tell(answer);
        answer.Changed(18, [], []);
    }

    private void Run(TdsMessage message, TdsAnswer answer)
    {
        switch (message.Type)
        {
            case TdsPacketType.Batch:
                var reader = new TdsReader(message.Payload);
                reader.SkipHeaders();
                var text = Encoding.Unicode.GetString(message.Payload, reader.Position, message.Payload.Length - reader.Position);
                _bulk = text;
                RunText(text, [], answer);
                break;
            case TdsPacketType.Rpc:
                foreach (var call in TdsCall.ParseAll(message.Payload))
                {
                    RunCall(call, answer);
                }

                break;
            case TdsPacketType.Transaction:
                RunTransaction(message.Payload);
                break;
            case TdsPacketType.Bulk:
                var rows = TdsTableReader.ReadBulk(message.Payload);
                _log.Enqueue($"BULK {rows.Rows.Count}");
                var stored = _engine!.Load(_bulk, rows);
                if (stored < rows.Rows.Count)
                {
                    answer.Info(3604, "Duplicate key was ignored.");
                }

                answer.EndStatement(stored);
                break;
            default:
                throw new TdsException(4002, 20, "The incoming tabular data stream (TDS) protocol stream is incorrect.");
        }
    }

    private void RunText(string text, IReadOnlyList<TdsParameter> parameters, TdsAnswer answer)
    {
        _log.Enqueue(text);
        if (_server.OnText?.Invoke(this, text, answer) != true)
        {
            _engine!.Run(text, parameters, answer);
        }
    }

    private void RunCall(TdsCall call, TdsAnswer answer)
    {
        answer.InProcedure = true;
        var statement = _statements.Resolve(call);
        RunText(statement.Text, statement.Parameters, answer);
        answer.Returned(statement.Outputs);
        answer.EndProcedure();
    }

    private void RunTransaction(byte[] payload)
    {
        var reader = new TdsReader(payload);
        reader.SkipHeaders();
        switch (reader.Int16())
        {
            case 5:
                var isolation = reader.Byte();
                _log.Enqueue($"BEGIN {isolation}");
                _engine!.Begin(isolation);
                break;
            case 7:
                _log.Enqueue("COMMIT");
                _engine!.Commit();
                break;
            case 8:
                var savepoint = reader.Text(reader.Byte() / 2);
                _log.Enqueue($"ROLLBACK {savepoint}".TrimEnd());
                _engine!.RollBack(savepoint);
                break;
            case 9:
                var name = reader.Text(reader.Byte() / 2);
                _log.Enqueue($"SAVE {name}");
                _engine!.Save(name);
                break;
            default:
                throw new TdsException(8525, 16, "Distributed transactions are not spoken here.");
        }
    }

    /// <summary>What has become of the transaction, whoever began or ended it.</summary>
    private void Tell(TdsAnswer answer)
    {
        var now = _engine!.Transaction;
        answer.HasTransaction = now != 0;
        if (now == _transaction)
        {
            return;
        }

        Span<byte> old = stackalloc byte[8];
        Span<byte> @new = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(old, _transaction);
        BinaryPrimitives.WriteInt64LittleEndian(@new, now);
        if (_transaction != 0)
        {
            answer.Changed(_engine.HasCommitted ? (byte)9 : (byte)10, [], old);
        }

        if (now != 0)
        {
            answer.Changed(8, @new, []);
        }

        _transaction = now;
    }
}
