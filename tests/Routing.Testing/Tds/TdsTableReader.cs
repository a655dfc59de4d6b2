namespace Routing.Testing.Tds;

/// <summary>Reads many rows at once: of a table parameter (MS-TDS 2.2.5.5.5) and of a bulk load (2.2.6.1).</summary>
internal static class TdsTableReader
{
    private const byte ColumnsToken = 0x81;
    private const byte RowToken = 0xD1;
    private const byte NullRowToken = 0xD2;
    private const byte DoneToken = 0xFD;
    private const byte TableRow = 1;
    private const byte TableEnd = 0;

    public static TdsTable ReadParameter(TdsReader reader)
    {
        reader.Byte();
        reader.ShortText();
        var schema = reader.ShortText();
        var name = reader.ShortText();
        var count = reader.UInt16();
        var columns = new List<TdsColumn>();
        for (var i = 0; count != ushort.MaxValue && i < count; i++)
        {
            columns.Add(ReadColumn(reader));
        }

        // Hints about the order of rows and of columns end with the first end token.
        while (reader.Byte() != TableEnd)
        {
            var hints = reader.UInt16();
            reader.Bytes(hints * 3);
        }

        var rows = new List<object?[]>();
        while (reader.Byte() == TableRow)
        {
            rows.Add([.. columns.Select(column => TdsTypeReader.ReadValue(reader, column.Type))]);
        }

        return new TdsTable(schema.Length == 0 ? name : schema + "." + name, columns, rows);
    }

    public static TdsTable ReadBulk(byte[] payload)
    {
        var reader = new TdsReader(payload);
        var columns = new List<TdsColumn>();
        var rows = new List<object?[]>();
        while (!reader.AtEnd)
        {
            switch (reader.Byte())
            {
                case ColumnsToken:
                    var count = reader.UInt16();
                    for (var i = 0; i < count; i++)
                    {
                        columns.Add(ReadColumn(reader));
                    }

                    break;
                case RowToken:
                    rows.Add([.. columns.Select(column => TdsTypeReader.ReadValue(reader, column.Type))]);
                    break;
                case NullRowToken:
                    rows.Add(ReadWithNulls(reader, columns));
                    break;
                case DoneToken:
                    return new TdsTable("", columns, rows);
                case var other:
                    throw new TdsException(4804, 20, $"After {rows.Count} rows of a bulk load came the token 0x{other:X2}, which is none ({string.Join(", ", columns.Select(static column => $"{column.Name} 0x{column.Type.Code:X2}"))}).");
            }
        }

        return new TdsTable("", columns, rows);
    }

    private static object?[] ReadWithNulls(TdsReader reader, List<TdsColumn> columns)
    {
        var nulls = reader.Bytes((columns.Count + 7) / 8).ToArray();
        return [.. columns.Select((column, i) => (nulls[i / 8] & (1 << (i % 8))) != 0 ? null : TdsTypeReader.ReadValue(reader, column.Type))];
    }

    private static TdsColumn ReadColumn(TdsReader reader)
    {
        reader.UInt32();
        reader.UInt16();
        var type = TdsTypeReader.ReadType(reader);
        return new TdsColumn(reader.ShortText(), type);
    }
}
