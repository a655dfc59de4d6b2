using System.Data.Common;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>
/// Shows Dapper some columns as the types of the members that they are for. Dapper compiles for what it is shown, so a shape of rows has one
/// compiled reader whichever way its columns are read. Lives as long as one result is read, and does not own the reader. Not thread-safe.
/// </summary>
internal sealed class MemberReader(DbDataReader inner, Type?[] types, Func<DbDataReader, int, object>?[] readers) : ForwardingReader(inner)
{
    public override object this[int ordinal] => GetValue(ordinal);

    /// <summary>The reader itself where no column needs it.</summary>
    public static DbDataReader Over(DbDataReader reader, MemberColumns members)
    {
        Type?[]? types = null;
        Func<DbDataReader, int, object>?[]? readers = null;
        for (var i = 0; i < reader.FieldCount; i++)
        {
            if (members.TypeOf(reader, i) is { } type && reader.GetFieldType(i) is var column && column != type && FieldValues.ReaderOf(type, column) is { } read)
            {
                types ??= new Type?[reader.FieldCount];
                readers ??= new Func<DbDataReader, int, object>?[reader.FieldCount];
                types[i] = type;
                readers[i] = read;
            }
        }

        return types is null ? reader : new MemberReader(reader, types, readers!);
    }

    public override Type GetFieldType(int ordinal) => types[ordinal] ?? Inner.GetFieldType(ordinal);

    public override object GetValue(int ordinal) =>
        readers[ordinal] is not { } read ? Inner.GetValue(ordinal) : Inner.IsDBNull(ordinal) ? DBNull.Value : read(Inner, ordinal);
}
