namespace Routing.Testing.Tds;

/// <summary>A call of a procedure (MS-TDS 2.2.6.6): a number for those of the protocol's own, a name for others.</summary>
/// <param name="Procedure">Its name; <c>sp_executesql</c> and its siblings by name, too.</param>
/// <param name="Parameters">Its arguments.</param>
internal sealed record TdsCall(string Procedure, IReadOnlyList<TdsParameter> Parameters)
{
    private static readonly Dictionary<ushort, string> Numbered = new()
    {
        [10] = "sp_executesql",
        [11] = "sp_prepare",
        [12] = "sp_execute",
        [13] = "sp_prepexec",
        [15] = "sp_unprepare",
    };

    /// <summary>The calls of one message: more than one for a batch of commands.</summary>
    public static IEnumerable<TdsCall> ParseAll(byte[] payload)
    {
        var reader = new TdsReader(payload);
        reader.SkipHeaders();
        while (!reader.AtEnd)
        {
            yield return Parse(reader);
        }
    }

    private static TdsCall Parse(TdsReader reader)
    {
        var length = reader.UInt16();
        var number = length == ushort.MaxValue ? reader.UInt16() : (ushort)0;
        var procedure = length == ushort.MaxValue ? Numbered.GetValueOrDefault(number) ?? $"procedure {number}" : reader.Text(length);
        reader.UInt16();
        var parameters = new List<TdsParameter>();
        while (!reader.AtEnd)
        {
            if (reader.Peek() is 0xFF or 0x80)
            {
                reader.Byte();
                break;
            }

            var name = reader.ShortText();
            var status = reader.Byte();
            if (reader.Peek() == TdsType.TableCode)
            {
                parameters.Add(new TdsParameter(name, new TdsType(TdsType.TableCode, 0), TdsTableReader.ReadParameter(reader)));
                continue;
            }

            var type = TdsTypeReader.ReadType(reader);
            parameters.Add(new TdsParameter(name, type, TdsTypeReader.ReadValue(reader, type), (status & 1) != 0));
        }

        return new TdsCall(procedure, parameters);
    }
}
