using System.Buffers.Binary;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>
/// The answer to one request, token by token (MS-TDS 2.2.7). The end of each statement is held back until it is known
/// whether more follows. Belongs to the thread that answers.
/// </summary>
public sealed class TdsAnswer
{
    private const byte Error = 0xAA;
    private const byte InfoToken = 0xAB;
    private const byte EnvironmentChange = 0xE3;
    private const byte Done = 0xFD;
    private const byte DoneProcedure = 0xFE;
    private const byte DoneInProcedure = 0xFF;

    private const ushort More = 0x1;
    private const ushort Failed = 0x2;
    private const ushort InTransaction = 0x4;
    private const ushort Counted = 0x10;
    private const ushort Attention = 0x20;

    // The commands that clients look at: they leave the rows of a SELECT out of the number of affected ones.
    private const ushort SelectCommand = 0xC1;
    private const ushort InsertCommand = 0xC3;

    private static readonly byte[] Collation = [0x09, 0x04, 0xD0, 0x00, 0x34];

    private readonly TdsChannel _channel;
    private readonly byte[] _buffer = new byte[32];
    private IReadOnlyList<TdsColumn> _columns = [];
    private (ushort Status, ushort Command, long Rows)? _held;

    internal TdsAnswer(TdsChannel channel) => _channel = channel;

    /// <summary>Whether the statements are those of a procedure call.</summary>
    internal bool InProcedure { get; set; }

    /// <summary>Whether a transaction is open.</summary>
    internal bool HasTransaction { get; set; }

    /// <summary>Whether an error was answered.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Begins a result.</summary>
    public void Columns(IReadOnlyList<TdsColumn> columns)
    {
        Release();
        _columns = columns;
        Byte(0x81);
        UInt16((ushort)columns.Count);
        foreach (var column in columns)
        {
            UInt32(0);

            // Nullable, and it is not known whether it can be written.
            UInt16(0x09);
            Type(column.Type);
            ShortText(column.Name);
        }
    }

    /// <summary>A row of the result that was begun last.</summary>
    public void Row(params object?[] values)
    {
        Byte(0xD1);
        for (var i = 0; i < _columns.Count; i++)
        {
            TdsValueWriter.Write(this, _columns[i].Type, values[i]);
        }
    }

    /// <summary>Ends a statement that returned rows.</summary>
    public void EndRows(long rows, bool isQuery = true) => Hold(Counted, isQuery ? SelectCommand : InsertCommand, rows);

    /// <summary>Ends a statement that returned no rows.</summary>
    /// <param name="affected">How many rows it changed; null when it does not count.</param>
    public void EndStatement(long? affected) => Hold(affected is null ? (ushort)0 : Counted, affected is null ? (ushort)0 : InsertCommand, affected ?? 0);

    /// <summary>An error: the statement ends with it.</summary>
    public void Fail(TdsException error)
    {
        HasFailed = true;
        Release();
        Message(Error, error.Number, error.State, error.Severity, error.Message);
        Hold(Failed, 0, 0);
    }

    /// <summary>A message that is no error.</summary>
    public void Info(int number, string message)
    {
        Release();
        Message(InfoToken, number, 1, 0, message);
    }

    /// <summary>A change of the database, the language, the packet size.</summary>
    internal void Changed(byte what, string now, string before = "")
    {
        Release();
        Byte(EnvironmentChange);
        UInt16((ushort)(3 + (now.Length * 2) + (before.Length * 2)));
        Byte(what);
        ShortText(now);
        ShortText(before);
    }

    /// <summary>A change whose values are bytes: the collation, the transaction, the reset.</summary>
    internal void Changed(byte what, ReadOnlySpan<byte> now, ReadOnlySpan<byte> before)
    {
        Release();
        Byte(EnvironmentChange);
        UInt16((ushort)(3 + now.Length + before.Length));
        Byte(what);
        Byte((byte)now.Length);
        Raw(now);
        Byte((byte)before.Length);
        Raw(before);
    }

    internal void Collated() => Changed(7, Collation, []);

    internal void LoggedIn(uint version)
    {
        const string Name = "Routing protocol test server";
        Byte(0xAD);
        UInt16((ushort)(1 + 4 + 1 + (Name.Length * 2) + 4));
        Byte(1);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer, version);
        Raw(_buffer.AsSpan(0, 4));
        ShortText(Name);
        Raw([16, 0, 0x10, 0x00]);
    }

    /// <summary>The value that a procedure returns, then those of its output arguments.</summary>
    internal void Returned(IEnumerable<(int Ordinal, TdsParameter Parameter)> outputs)
    {
        Release();
        Byte(0x79);
        UInt32(0);
        foreach (var (ordinal, parameter) in outputs)
        {
            Byte(0xAC);
            UInt16((ushort)ordinal);
            ShortText(parameter.Name);
            Byte(1);
            UInt32(0);
            UInt16(0);
            Type(parameter.Type);
            TdsValueWriter.Write(this, parameter.Type, parameter.Value);
        }
    }

    /// <summary>Ends a procedure call; another may follow in the same message.</summary>
    internal void EndProcedure()
    {
        Release();
        InProcedure = false;
        _held = (HasFailed ? Failed : (ushort)0, 0xE0, 0);
        _isProcedureEnd = true;
    }

    private bool _isProcedureEnd;

    /// <summary>Ends the answer.</summary>
    internal void End(bool attention = false)
    {
        if (attention)
        {
            // Whatever the last statement did, the attention's own DONE is the end.
            Release();
            Token(Done, Attention, 0, 0);
        }
        else
        {
            Flush(isLast: true);
        }

        _channel.End();
    }

    internal void Byte(byte value)
    {
        _buffer[0] = value;
        Raw(_buffer.AsSpan(0, 1));
    }

    internal void UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer, value);
        Raw(_buffer.AsSpan(0, 2));
    }

    internal void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer, value);
        Raw(_buffer.AsSpan(0, 4));
    }

    internal void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer, value);
        Raw(_buffer.AsSpan(0, 8));
    }

    internal void Raw(ReadOnlySpan<byte> bytes) => _channel.Write(bytes);

    /// <summary>
    /// A piece of a long value behind its length, and how much that was: as much as the packet takes. SQL Server lets no
    /// piece span packets, and SqlClient relies on it: of one that does, it takes the next packet's header for text when a
    /// read of its socket ends inside of a packet.
    /// </summary>
    internal int Piece(ReadOnlySpan<byte> bytes)
    {
        var piece = bytes[..Math.Min(bytes.Length, _channel.RoomBehind(sizeof(uint)))];
        UInt32((uint)piece.Length);
        Raw(piece);
        return piece.Length;
    }

    private void Type(TdsType type)
    {
        Byte(type.Code);
        switch (type.Code)
        {
            case TdsType.NullCode or TdsType.DateCode:
                break;
            case TdsType.TimeCode or TdsType.DateTime2Code or TdsType.DateTimeOffsetCode:
                Byte(type.Scale);
                break;
            case TdsType.DecimalCode:
                Raw([(byte)type.Size, type.Precision, type.Scale]);
                break;
            default:
                if (type.IsText || type.IsBytes)
                {
                    UInt16((ushort)type.Size);
                    Raw(type.IsText ? Collation : []);
                }
                else
                {
                    Byte((byte)type.Size);
                }

                break;
        }
    }

    private void Message(byte token, int number, byte state, byte severity, string text)
    {
        const string Server = "tds";
        Byte(token);
        UInt16((ushort)(4 + 2 + 2 + (text.Length * 2) + 1 + (Server.Length * 2) + 1 + 4));
        UInt32((uint)number);
        Raw([state, severity]);
        UInt16((ushort)text.Length);
        Raw(Encoding.Unicode.GetBytes(text));
        ShortText(Server);
        Byte(0);
        UInt32(1);
    }

    private void ShortText(string text)
    {
        Byte((byte)text.Length);
        Raw(Encoding.Unicode.GetBytes(text));
    }

    private void Hold(ushort status, ushort command, long rows)
    {
        Release();
        _held = (status, command, rows);
    }

    private void Release() => Flush(isLast: false);

    private void Flush(bool isLast)
    {
        if (_held is { } held)
        {
            var token = _isProcedureEnd ? DoneProcedure : InProcedure ? DoneInProcedure : Done;
            Token(token, (ushort)(held.Status | (isLast ? 0 : More)), held.Command, held.Rows);
        }
        else if (isLast)
        {
            Token(Done, 0, 0, 0);
        }

        _held = null;
        _isProcedureEnd = false;
    }

    private void Token(byte token, ushort status, ushort command, long rows)
    {
        Byte(token);
        UInt16((ushort)(status | (HasTransaction ? InTransaction : 0)));
        UInt16(command);
        Int64(rows);
    }
}
