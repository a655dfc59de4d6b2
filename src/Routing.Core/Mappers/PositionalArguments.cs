using System.Data;
using Dapper;
using Routing.Primitives;

namespace Routing.Mappers;

/// <summary>
/// Gives Dapper the values of an interpolated text. They are treated as Dapper treats the members of an object: its type
/// maps and handlers apply, null becomes an untyped DBNull, and a list is one array where the driver knows arrays and is
/// expanded into the text where it does not, behind IN to one of a few lengths.
/// </summary>
internal sealed class PositionalArguments(PositionalValues values) : SqlMapper.IDynamicParameters
{
    // What Dapper answers for a list.
    private const DbType List = (DbType)(-1);

    // How many values may still be added to lists; known with the first list.
    private int? _room;

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        _room = null;
        for (var i = 0; i < values.Count; i++)
        {
            Add(command, PositionalValues.NameOf(i), values[i]);
        }
    }

    private static int CountOf(PositionalValues values)
    {
        var count = 0;
        for (var i = 0; i < values.Count; i++)
        {
            count += values[i] is System.Collections.ICollection list ? list.Count : 1;
        }

        return count;
    }

#pragma warning disable CS0618 // "For internal use only": Dapper means its own generated code, and this does the same work.
    private void Add(IDbCommand command, string name, object? value)
    {
        if (value is SqlMapper.ICustomQueryParameter custom)
        {
            custom.AddParameter(command, name);
            return;
        }

        SqlMapper.ITypeHandler? handler = null;
        var dbType = value is null or DBNull ? null : SqlMapper.LookupDbType(value.GetType(), name, demand: true, out handler);
        if (dbType == List)
        {
            var room = _room ?? PaddedList.MostParameters - CountOf(values);
            SqlMapper.PackListParameters(command, name, PaddedList.Pad(command.CommandText, name, value!, ref room));
            _room = room;
            return;
        }

        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        if (handler is not null)
        {
            SetByHandler(parameter, dbType, handler, value!);
        }
        else
        {
            SetValue(parameter, dbType, value);
        }

        command.Parameters.Add(parameter);
    }

    private static void SetByHandler(IDbDataParameter parameter, DbType? dbType, SqlMapper.ITypeHandler handler, object value)
    {
        if (dbType is { } type)
        {
            parameter.DbType = type;
        }

        handler.SetValue(parameter, value);
    }

    private static void SetValue(IDbDataParameter parameter, DbType? dbType, object? value)
    {
        parameter.Value = SqlMapper.SanitizeParameterValue(value);
        if (dbType is { } type && parameter.DbType != type)
        {
            parameter.DbType = type;
        }

        if (value is string { Length: <= DbString.DefaultLength })
        {
            // One declared length, so that servers that plan by it keep one plan.
            parameter.Size = DbString.DefaultLength;
        }
    }
#pragma warning restore CS0618
}
