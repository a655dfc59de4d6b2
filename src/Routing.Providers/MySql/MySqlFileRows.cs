using System.Buffers;
using System.Globalization;
using System.Text;
using Routing.Diagnostics;
using Routing.Drivers;

namespace Routing.Providers.MySql;

/// <summary>
/// Rows as the text of a file that LOAD DATA reads: fields end with a tab, lines with a line feed, a backslash takes both their meaning,
/// and <c>\N</c> is no value. In UTF-8; a text that has no UTF-8 is refused, not mended. Not thread-safe.
/// </summary>
internal sealed class MySqlFileRows : IBulkWriters
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> Special = SearchValues.Create("\\\t\n\r\0");

    private readonly ArrayBufferWriter<byte> _text = new(64 * 1024);
    private readonly List<int> _starts = [];

    public int Count => _starts.Count;

    public int Size => _text.WrittenCount;

    /// <summary>Whether values of this type go into a file as they would go as parameters.</summary>
    public static bool CanHold(Type type) =>
        type == typeof(string) || type == typeof(DateTime) || type == typeof(DateOnly) || type == typeof(Guid)
        || type == typeof(decimal) || (type.IsPrimitive && type != typeof(nint) && type != typeof(nuint) && type != typeof(char));

    public BulkWriter<T> Create<T>(int column)
    {
        object writer = default(T) switch
        {
            bool => new Flag(this, column),
            byte => new Field<byte>(this, column, null),
            sbyte => new Field<sbyte>(this, column, null),
            short => new Field<short>(this, column, null),
            ushort => new Field<ushort>(this, column, null),
            int => new Field<int>(this, column, null),
            uint => new Field<uint>(this, column, null),
            long => new Field<long>(this, column, null),
            ulong => new Field<ulong>(this, column, null),
            float => new Field<float>(this, column, "R"),
            double => new Field<double>(this, column, "R"),
            decimal => new Field<decimal>(this, column, null),
            DateTime => new Field<DateTime>(this, column, "yyyy-MM-dd HH:mm:ss.ffffff"),
            DateOnly => new Field<DateOnly>(this, column, "yyyy-MM-dd"),
            Guid => new Field<Guid>(this, column, "D"),
            _ => new Text(this, column),
        };
        return (BulkWriter<T>)writer;
    }

    /// <summary>Begins a row.</summary>
    public void Begin() => _starts.Add(_text.WrittenCount);

    /// <summary>Ends it.</summary>
    public void End() => Add((byte)'\n');

    public void Clear()
    {
        _text.ResetWrittenCount();
        _starts.Clear();
    }

    /// <summary>Some of the rows, as a file.</summary>
    public MemoryStream Read(int first, int count)
    {
        var from = _starts[first];
        var to = first + count < _starts.Count ? _starts[first + count] : _text.WrittenCount;
        return System.Runtime.InteropServices.MemoryMarshal.TryGetArray(_text.WrittenMemory[from..to], out var rows)
            ? new MemoryStream(rows.Array!, rows.Offset, rows.Count, writable: false)
            : throw CodedErrors.InvalidOperation(ErrorCodes.Bug, "Routing bug: the rows of a file are not in an array.");
    }

    private void Add(byte value)
    {
        _text.GetSpan(1)[0] = value;
        _text.Advance(1);
    }

    private void AddText(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Special) is var at and >= 0)
        {
            AddPlain(text[..at]);
            Add((byte)'\\');
            Add(text[at] switch { '\t' => (byte)'t', '\n' => (byte)'n', '\r' => (byte)'r', '\0' => (byte)'0', _ => (byte)'\\' });
            text = text[(at + 1)..];
        }

        AddPlain(text);
    }

    private void AddPlain(ReadOnlySpan<char> text) => Strict.GetBytes(text, _text);

    /// <summary>One field of each row: where it begins, and that it may be nothing.</summary>
    private abstract class Writer<T>(MySqlFileRows rows, int column) : BulkWriter<T>
    {
        protected MySqlFileRows Rows => rows;

        public override ValueTask WriteAsync(T value)
        {
            Begin();
            Add(value);
            return default;
        }

        public override ValueTask WriteNullAsync()
        {
            Begin();
            rows.Add((byte)'\\');
            rows.Add((byte)'N');
            return default;
        }

        protected abstract void Add(T value);

        private void Begin()
        {
            if (column > 0)
            {
                rows.Add((byte)'\t');
            }
        }
    }

    private sealed class Field<T>(MySqlFileRows rows, int column, string? format) : Writer<T>(rows, column)
        where T : IUtf8SpanFormattable
    {
        protected override void Add(T value)
        {
            int written;
            for (var size = 64; !value.TryFormat(Rows._text.GetSpan(size), out written, format, CultureInfo.InvariantCulture); size *= 2)
            {
            }

            Rows._text.Advance(written);
        }
    }

    private sealed class Flag(MySqlFileRows rows, int column) : Writer<bool>(rows, column)
    {
        protected override void Add(bool value) => Rows.Add(value ? (byte)'1' : (byte)'0');
    }

    private sealed class Text(MySqlFileRows rows, int column) : Writer<string>(rows, column)
    {
        protected override void Add(string value) => Rows.AddText(value);
    }
}
