using System.Buffers.Binary;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>Reads the protocol's primitives from one message. Not thread-safe.</summary>
internal sealed class TdsReader(byte[] bytes)
{
    public int Position { get; set; }

    public bool AtEnd => Position >= bytes.Length;

    public byte Peek() => bytes[Position];

    public byte Byte() => bytes[Position++];

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var span = bytes.AsSpan(Position, count);
        Position += count;
        return span;
    }

    public short Int16() => BinaryPrimitives.ReadInt16LittleEndian(Bytes(2));

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    /// <summary>So many characters of UTF-16.</summary>
    public string Text(int characters) => Encoding.Unicode.GetString(Bytes(characters * 2));

    /// <summary>Text behind its length in one byte.</summary>
    public string ShortText() => Text(Byte());

    /// <summary>The headers that stand before every request (MS-TDS 2.2.5.3). Nothing in them matters here.</summary>
    public void SkipHeaders() => Position = Int32();

    /// <summary>A value in chunks (MS-TDS 2.2.5.2.3); null for NULL.</summary>
    public byte[]? Chunks()
    {
        if (Int64() == -1)
        {
            return null;
        }

        using var value = new MemoryStream();
        for (var length = Int32(); length != 0; length = Int32())
        {
            value.Write(Bytes(length));
        }

        return value.ToArray();
    }
}
