using System.Buffers.Binary;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>Reads types and values as clients send them.</summary>
internal static class TdsTypeReader
{
    private static readonly DateTime Epoch1900 = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>A type (MS-TDS 2.2.5.6).</summary>
    public static TdsType ReadType(TdsReader reader)
    {
        var code = reader.Byte();
        switch (code)
        {
            case TdsType.NullCode:
                return new TdsType(code, 0);
            case 0x30:
                return TdsType.TinyInt;
            case 0x32:
                return TdsType.Bit;
            case 0x34:
                return TdsType.SmallInt;
            case 0x38:
                return TdsType.IntN;
            case 0x3E:
                return TdsType.FloatN;
            case 0x7F:
                return TdsType.BigInt;
            case TdsType.DateCode:
                return TdsType.Date;
            case TdsType.TimeCode:
                return TdsType.Time(reader.Byte());
            case TdsType.DateTime2Code:
                return TdsType.DateTime2(reader.Byte());
            case TdsType.DateTimeOffsetCode:
                return TdsType.DateTimeOffset(reader.Byte());
            case TdsType.DecimalCode or TdsType.NumericCode:
                return new TdsType(TdsType.DecimalCode, reader.Byte(), reader.Byte(), reader.Byte());
            case TdsType.IntCode or TdsType.BitCode or TdsType.FloatCode or TdsType.MoneyCode or TdsType.DateTimeCode or TdsType.GuidCode:
                return new TdsType(code, reader.Byte());
            case TdsType.VarBinaryCode or TdsType.BinaryCode:
                return new TdsType(code, reader.UInt16());
            case TdsType.NTextCode:
                reader.Bytes(4 + 5);
                return new TdsType(code, TdsType.Max);
            case TdsType.NVarCharCode or TdsType.NCharCode or TdsType.VarCharCode or TdsType.CharCode:
                var size = reader.UInt16();
                reader.Bytes(5);
                return new TdsType(code, size);
            default:
                throw new TdsException(8009, 16, $"The type 0x{code:X2} is not spoken here.");
        }
    }

    /// <summary>A value of the type; null for NULL.</summary>
    public static object? ReadValue(TdsReader reader, TdsType type)
    {
        if (type.Code == TdsType.NullCode)
        {
            return null;
        }

        if (type.Code == TdsType.NTextCode)
        {
            var length = reader.Int32();
            return length < 0 ? null : FromBytes(TdsType.NVarCharMax, reader.Bytes(length));
        }

        if (type.IsChunked)
        {
            return reader.Chunks() is { } whole ? FromBytes(type, whole) : null;
        }

        if (type.IsText || type.IsBytes)
        {
            var length = reader.UInt16();
            return length == TdsType.Max ? null : FromBytes(type, reader.Bytes(length));
        }

        var bytes = reader.Byte();
        return bytes == 0 ? null : FromFixed(type, reader.Bytes(bytes));
    }

    private static object FromBytes(TdsType type, ReadOnlySpan<byte> bytes) =>
        type.IsNarrow ? Encoding.Latin1.GetString(bytes)
        : type.IsText ? Encoding.Unicode.GetString(bytes)
        : bytes.ToArray();

    private static object FromFixed(TdsType type, ReadOnlySpan<byte> bytes)
    {
        switch (type.Code)
        {
            case TdsType.BitCode:
                return bytes[0] != 0;
            case TdsType.IntCode:
                return bytes.Length switch
                {
                    1 => (long)bytes[0],
                    2 => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
                    4 => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
                    _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
                };
            case TdsType.FloatCode:
                return bytes.Length == 4 ? (double)BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case TdsType.GuidCode:
                return new Guid(bytes);
            case TdsType.DecimalCode:
                return ReadDecimal(bytes, type.Scale);
            case TdsType.MoneyCode:
                return bytes.Length == 4
                    ? BinaryPrimitives.ReadInt32LittleEndian(bytes) / 10_000m
                    : (((long)BinaryPrimitives.ReadInt32LittleEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])) / 10_000m;
            case TdsType.DateCode:
                return DateTime.MinValue.AddDays(ReadDays(bytes));
            case TdsType.TimeCode:
                return new TimeSpan(ReadTicks(bytes, type.Scale));
            case TdsType.DateTime2Code:
                return DateTime.MinValue.AddDays(ReadDays(bytes[^3..])).AddTicks(ReadTicks(bytes[..^3], type.Scale));
            case TdsType.DateTimeOffsetCode:
                var utc = DateTime.MinValue.AddDays(ReadDays(bytes[^5..^2])).AddTicks(ReadTicks(bytes[..^5], type.Scale));
                return new DateTimeOffset(utc, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(bytes[^2..])));
            default:
                var thirds = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
                return Epoch1900.AddDays(BinaryPrimitives.ReadInt32LittleEndian(bytes)).AddTicks(thirds * TimeSpan.TicksPerSecond / 300);
        }
    }

    private static decimal ReadDecimal(ReadOnlySpan<byte> bytes, byte scale)
    {
        var mantissa = new System.Numerics.BigInteger(bytes[1..], isUnsigned: true);
        var value = (decimal)mantissa / (decimal)System.Numerics.BigInteger.Pow(10, scale);
        return bytes[0] == 0 ? -value : value;
    }

    private static int ReadDays(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static long ReadTicks(ReadOnlySpan<byte> bytes, byte scale)
    {
        long value = 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        for (var i = scale; i < 7; i++)
        {
            value *= 10;
        }

        return value;
    }
}
