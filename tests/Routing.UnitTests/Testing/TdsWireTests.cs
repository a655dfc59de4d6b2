using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Routing.Testing.Tds;
using Routing.Testing.Tds.Tsql;

namespace Routing.UnitTests.Testing;

/// <summary>What the protocol server's answers look like packet by packet, which SqlClient shows to nobody.</summary>
public sealed class TdsWireTests : IDisposable
{
    private const int HeaderLength = 8;
    private const int PacketSize = 512;

    private readonly TdsServer _server = new(new TsqlEngine());
    private readonly TcpClient _client = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    /// <summary>Fails with one piece for the whole value: SqlClient then misreads the text now and then, as the network cuts it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void No_piece_of_a_long_value_spans_packets(int characters)
    {
        var text = string.Concat(Enumerable.Range(0, characters).Select(static i => (char)('a' + (i % 26))));
        LogIn();
        foreach (var before in Enumerable.Range(0, PacketSize / sizeof(char)))
        {
            // Another column moves the value along, so that its lengths, too, meet the end of a packet.
            var (bytes, packets) = Ask($"select '{new string('x', before)}' as a, '{text}' as b");
            var at = bytes.AsSpan().LastIndexOf(LengthOf(text));
            Assert.Equal(text, ReadPieces(bytes, at + sizeof(long), packets));
        }
    }

    private static byte[] LengthOf(string text)
    {
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length * sizeof(char));
        return length;
    }

    private static string ReadPieces(byte[] bytes, int at, List<int> packets)
    {
        using var value = new MemoryStream();
        while (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) is > 0 and var length)
        {
            at += sizeof(int);
            Assert.Equal(packets[at], packets[at + length - 1]);
            value.Write(bytes, at, length);
            at += length;
        }

        return Encoding.Unicode.GetString(value.ToArray());
    }

    private void LogIn()
    {
        // All fields empty, behind the fixed part.
        var login = new byte[94];
        BinaryPrimitives.WriteInt32LittleEndian(login.AsSpan(8), PacketSize);
        _client.Connect(IPAddress.Loopback, _server.Port);
        Send(TdsPacketType.Login, login);
        Receive();
    }

    private (byte[] Bytes, List<int> Packets) Ask(string text)
    {
        // Headers of their own length alone, then the text.
        Send(TdsPacketType.Batch, [4, 0, 0, 0, .. Encoding.Unicode.GetBytes(text)]);
        return Receive();
    }

    private void Send(TdsPacketType type, byte[] payload)
    {
        var packet = new byte[HeaderLength + payload.Length];
        packet[0] = (byte)type;
        packet[1] = (byte)TdsPacketStatus.EndOfMessage;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        payload.CopyTo(packet.AsSpan(HeaderLength));
        _client.GetStream().Write(packet);
    }

    /// <summary>A whole answer without the headers, and for each of its bytes the packet that it came in.</summary>
    private (byte[] Bytes, List<int> Packets) Receive()
    {
        var bytes = new List<byte>();
        var packets = new List<int>();
        var header = new byte[HeaderLength];
        for (var packet = 0; (header[1] & (byte)TdsPacketStatus.EndOfMessage) == 0; packet++)
        {
            _client.GetStream().ReadExactly(header);
            var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - HeaderLength];
            _client.GetStream().ReadExactly(body);
            bytes.AddRange(body);
            packets.AddRange(Enumerable.Repeat(packet, body.Length));
        }

        return ([.. bytes], packets);
    }
}
