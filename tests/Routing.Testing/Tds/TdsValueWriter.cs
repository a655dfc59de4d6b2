using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>Writes values in the form of a column's type, from whatever the engine has.</summary>
internal static class TdsValueWriter
{
    private static readonly DateTime Epoch1900 = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    public static void Write(TdsAnswer answer, TdsType type, object? value)
    {
        if (type.Code == TdsType.NullCode)
        {
            return;
        }

        if (type.IsText || type.IsBytes)
        {
            WriteLong(answer, type, value is null ? null : ToBytes(type, value));
            return;
        }

        if (value is null)
        {
            answer.Byte(0);
            return;
        }

        Span<byte> bytes = stackalloc byte[20];
        var length = ToFixed(type, value, bytes);
        answer.Byte((byte)length);
        answer.Raw(bytes[..length]);
    }

    private static void WriteLong(TdsAnswer answer, TdsType type, byte[]? bytes)
    {
        if (!type.IsChunked)
        {
            answer.UInt16(bytes is null ? ushort.MaxValue : (ushort)bytes.Length);
            answer.Raw(bytes);
            return;
        }

        answer.Int64(bytes is null ? -1 : bytes.Length);
        if (bytes is null)
        {
            return;
        }

        for (var written = 0; written < bytes.Length;)
        {
            written += answer.Piece(bytes.AsSpan(written));
        }

        answer.UInt32(0);
    }

    private static byte[] ToBytes(TdsType type, object value)
    {
        if (!type.IsText)
        {
            return value as byte[] ?? Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture)!);
        }

        var text = value as string ?? (value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)!);
        return type.IsNarrow ? Encoding.Latin1.GetBytes(text) : Encoding.Unicode.GetBytes(text);
    }

    private static int ToFixed(TdsType type, object value, Span<byte> to)
    {
        switch (type.Code)
        {
            case TdsType.BitCode:
                to[0] = (byte)(ToInt64(value) != 0 ? 1 : 0);
                return 1;
            case TdsType.IntCode:
                var number = ToInt64(value);
                BinaryPrimitives.WriteInt64LittleEndian(to, number);
                return type.Size == 8 || Fits(number, type.Size) ? type.Size : throw new TdsException(8115, 16, "Arithmetic overflow error converting expression to data type int.");
            case TdsType.FloatCode when type.Size == 4:
                BinaryPrimitives.WriteSingleLittleEndian(to, (float)ToDouble(value));
                return 4;
            case TdsType.FloatCode:
                BinaryPrimitives.WriteDoubleLittleEndian(to, ToDouble(value));
                return 8;
            case TdsType.GuidCode:
                (value as Guid? ?? (value is byte[] bytes ? new Guid(bytes) : Guid.Parse(value.ToString()!))).TryWriteBytes(to);
                return 16;
            case TdsType.DecimalCode:
                return WriteDecimal(type, ToDecimal(value), to);
            case TdsType.MoneyCode:
                var money = (long)(ToDecimal(value) * 10_000m);
                BinaryPrimitives.WriteInt32LittleEndian(to, (int)(money >> 32));
                BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)money);
                return 8;
            default:
                return WriteMoment(type, value, to);
        }
    }

    private static int WriteMoment(TdsType type, object value, Span<byte> to)
    {
        switch (type.Code)
        {
            case TdsType.DateCode:
                WriteDays(ToDateTime(value), to);
                return 3;
            case TdsType.TimeCode:
                var time = value as TimeSpan? ?? TimeSpan.Parse(value.ToString()!, CultureInfo.InvariantCulture);
                return WriteTicks(type, time.Ticks, to);
            case TdsType.DateTime2Code:
                var moment = ToDateTime(value);
                var length = WriteTicks(type, moment.TimeOfDay.Ticks, to);
                WriteDays(moment, to[length..]);
                return length + 3;
            case TdsType.DateTimeOffsetCode:
                var offset = value as DateTimeOffset? ?? DateTimeOffset.Parse(value.ToString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
                var at = WriteTicks(type, offset.UtcDateTime.TimeOfDay.Ticks, to);
                WriteDays(offset.UtcDateTime, to[at..]);
                BinaryPrimitives.WriteInt16LittleEndian(to[(at + 3)..], (short)offset.Offset.TotalMinutes);
                return at + 5;
            default:
                var old = ToDateTime(value);
                BinaryPrimitives.WriteInt32LittleEndian(to, (int)(old.Date - Epoch1900).TotalDays);
                BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)((old.TimeOfDay.Ticks * 300 + (TimeSpan.TicksPerSecond / 2)) / TimeSpan.TicksPerSecond));
                return 8;
        }
    }

    private static bool Fits(long number, int size) => size switch
    {
        1 => number is >= byte.MinValue and <= byte.MaxValue,
        2 => number is >= short.MinValue and <= short.MaxValue,
        _ => number is >= int.MinValue and <= int.MaxValue,
    };

    private static int WriteDecimal(TdsType type, decimal value, Span<byte> to)
    {
        value = decimal.Round(value, Math.Min((int)type.Scale, 28), MidpointRounding.AwayFromZero);
        var parts = decimal.GetBits(value);
        var mantissa = ((BigInteger)(uint)parts[2] << 64) | ((BigInteger)(uint)parts[1] << 32) | (uint)parts[0];
        mantissa *= BigInteger.Pow(10, type.Scale - ((parts[3] >> 16) & 0xFF));
        to[0] = (byte)(value < 0 ? 0 : 1);
        to[1..type.Size].Clear();
        return mantissa < BigInteger.Pow(10, type.Precision) && mantissa.TryWriteBytes(to[1..type.Size], out _, isUnsigned: true)
            ? type.Size
            : throw new TdsException(8115, 16, "Arithmetic overflow error converting expression to data type numeric.");
    }

    private static void WriteDays(DateTime date, Span<byte> to)
    {
        var days = (int)(date.Date - DateTime.MinValue).TotalDays;
        to[0] = (byte)days;
        to[1] = (byte)(days >> 8);
        to[2] = (byte)(days >> 16);
    }

    private static int WriteTicks(TdsType type, long ticks, Span<byte> to)
    {
        for (var i = (int)type.Scale; i < 7; i++)
        {
            ticks /= 10;
        }

        var length = TdsType.TimeBytes(type.Scale);
        for (var i = 0; i < length; i++)
        {
            to[i] = (byte)ticks;
            ticks >>= 8;
        }

        return length;
    }

    private static long ToInt64(object value) => Try(() => value is string text ? long.Parse(text, CultureInfo.InvariantCulture) : Convert.ToInt64(value, CultureInfo.InvariantCulture), value, "int");

    private static double ToDouble(object value) => Try(() => Convert.ToDouble(value, CultureInfo.InvariantCulture), value, "float");

    private static decimal ToDecimal(object value) => Try(
        () => value is string text ? decimal.Parse(text, NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture) : Convert.ToDecimal(value, CultureInfo.InvariantCulture), value, "numeric");

    private static DateTime ToDateTime(object value) => value as DateTime? ?? DateTime.Parse(value.ToString()!, CultureInfo.InvariantCulture, DateTimeStyles.None);

    private static T Try<T>(Func<T> convert, object value, string type)
    {
        try
        {
            return convert();
        }
        catch (Exception error) when (error is FormatException or OverflowException or InvalidCastException)
        {
            throw new TdsException(245, 16, $"Conversion failed when converting the value '{value}' to data type {type}.");
        }
    }
}
