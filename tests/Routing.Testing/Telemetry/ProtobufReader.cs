using System.Buffers.Binary;
using System.Text;

namespace Routing.Testing.Telemetry;

/// <summary>Reads the fields of one protobuf message, one after another. Enough of the format for OTLP.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private ulong _number;
    private ReadOnlySpan<byte> _bytes;

    /// <summary>The number of the field that was read last.</summary>
    public int Field { get; private set; }

    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether the field is a length and bytes: a text, a message, or packed numbers.</summary>
    public bool IsBytes { get; private set; }

    public readonly string Text => Encoding.UTF8.GetString(_bytes);

    public readonly string Hex => Convert.ToHexStringLower(_bytes);

    public readonly long Number => (long)_number;

    public readonly double Double => BitConverter.UInt64BitsToDouble(_number);

    /// <summary>False at the end.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var key = Varint();
        Field = (int)(key >> 3);
        IsBytes = (key & 7) == 2;
        switch (key & 7)
        {
            case 0:
                _number = Varint();
                break;
            case 1:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                break;
            case 2:
                var length = (int)Varint();
                _bytes = _rest[..length];
                _rest = _rest[length..];
                break;
            case 5:
                _number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[4..];
                break;
            default:
                throw new InvalidDataException($"Field {Field} has a wire type that protobuf does not know: {key & 7}.");
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
