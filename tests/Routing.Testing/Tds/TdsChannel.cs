using System.Buffers.Binary;

namespace Routing.Testing.Tds;

/// <summary>
/// Messages over one stream: cut into packets when written, put together when read. One thread reads, one writes. A drop
/// at a chosen byte ends the stream in the middle of an answer, as a cut cable does.
/// </summary>
internal sealed class TdsChannel(Stream stream, Action hangUp) : IDisposable
{
    private const int HeaderLength = 8;

    private byte[] _packet = new byte[4096];
    private int _length = HeaderLength;
    private byte _packetId;
    private long _sent;
    private long _dropAt = long.MaxValue;

    /// <summary>What the packets go over; TLS takes its place after the handshake.</summary>
    public Stream Stream { get; set; } = stream;

    /// <summary>What takes TLS's place again after the log-in, when only that is encrypted; null for nothing.</summary>
    public Stream? PlainAfterLogin { get; set; }

    /// <summary>How much of what is written now still goes into the packet that is being filled; a full one makes room for the next.</summary>
    /// <param name="behind">So many bytes further on.</param>
    public int RoomBehind(int behind)
    {
        var left = _packet.Length - _length - behind;
        return left > 0 ? left : left + _packet.Length - HeaderLength;
    }

    /// <summary>How long packets may be from now on. Only between messages.</summary>
    public void Resize(int packetSize) => _packet = new byte[packetSize];

    /// <summary>Ends the connection when so many bytes more have been sent.</summary>
    public void DropAfter(long bytes) => _dropAt = _sent + bytes;

    /// <summary>The next message; null when the client has gone.</summary>
    public TdsMessage? Read()
    {
        using var payload = new MemoryStream();
        var header = new byte[HeaderLength];
        TdsPacketStatus? first = null;
        while (true)
        {
            if (Stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
            {
                return null;
            }

            var status = (TdsPacketStatus)header[1];
            first ??= status;
            var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - HeaderLength];
            Stream.ReadExactly(body);
            payload.Write(body);
            if (status.HasFlag(TdsPacketStatus.EndOfMessage))
            {
                return new TdsMessage((TdsPacketType)header[0], first.Value | (status & TdsPacketStatus.Ignore), payload.ToArray());
            }
        }
    }

    /// <summary>Adds to the answer; what fills a packet is sent.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_length == _packet.Length)
            {
                Send(TdsPacketStatus.None, TdsPacketType.Answer);
            }

            var part = Math.Min(bytes.Length, _packet.Length - _length);
            bytes[..part].CopyTo(_packet.AsSpan(_length));
            _length += part;
            bytes = bytes[part..];
        }
    }

    /// <summary>Ends the answer.</summary>
    public void End(TdsPacketType type = TdsPacketType.Answer)
    {
        Send(TdsPacketStatus.EndOfMessage, type);
        _packetId = 0;
    }

    public void Dispose()
    {
        hangUp();
        Stream.Dispose();
    }

    private void Send(TdsPacketStatus status, TdsPacketType type)
    {
        _packet[0] = (byte)type;
        _packet[1] = (byte)status;
        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), (ushort)_length);
        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(4), 51);
        _packet[6] = ++_packetId;
        _packet[7] = 0;
        var allowed = (int)Math.Min(_length, _dropAt - _sent);
        Stream.Write(_packet, 0, allowed);
        Stream.Flush();
        _sent += allowed;
        _length = HeaderLength;
        if (_sent >= _dropAt)
        {
            hangUp();
            throw new IOException("The connection was dropped at the chosen byte.");
        }
    }
}
