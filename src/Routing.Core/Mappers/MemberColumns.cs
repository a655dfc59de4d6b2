using System.Collections.Concurrent;
using System.Data.Common;
using System.Reflection;
using System.Runtime.CompilerServices;
using Dapper;

namespace Routing.Mappers;

/// <summary>Which columns belong to members of one type that are among <see cref="FieldValues"/>. There is one per type. Thread-safe.</summary>
internal sealed class MemberColumns
{
    // Names of columns come from statements, of which there may be any number.
    private const int MostNames = 256;

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly ConcurrentDictionary<string, Type?> _byName = new(StringComparer.Ordinal);
    private readonly Type _type;
    private readonly Type?[]? _byPosition;

    private MemberColumns(Type type, Type?[]? byPosition)
    {
        _type = type;
        _byPosition = byPosition;
    }

    /// <summary>Null where no member is one of them, as in most types.</summary>
    public static MemberColumns? Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(object) || type == typeof(string) || type.IsPrimitive || type.IsEnum || type.IsArray || FieldValues.Of(type) is not null)
        {
            return null;
        }

        if (type.IsValueType && type.IsAssignableTo(typeof(ITuple)))
        {
            var positions = Flatten(type).Select(FieldValues.Of).ToArray();
            return Array.Exists(positions, static member => member is not null) ? new MemberColumns(type, positions) : null;
        }

        return MemberTypes(type).Any(static member => FieldValues.Of(member) is not null) ? new MemberColumns(type, byPosition: null) : null;
    }

    /// <summary>The member's type; null where it is none of them, or the column is for none.</summary>
    public Type? TypeOf(DbDataReader reader, int ordinal)
    {
        if (_byPosition is not null)
        {
            return ordinal < _byPosition.Length ? _byPosition[ordinal] : null;
        }

        var name = reader.GetName(ordinal);
        if (_byName.TryGetValue(name, out var known))
        {
            return known;
        }

        var type = SqlMapper.GetTypeMap(_type).GetMember(name)?.MemberType is { } member ? FieldValues.Of(member) : null;
        if (_byName.Count < MostNames)
        {
            _byName.TryAdd(name, type);
        }

        return type;
    }

    /// <summary>A tuple of more than seven has the others in a tuple of its own.</summary>
    private static IEnumerable<Type> Flatten(Type tuple) => tuple.GetGenericArguments().SelectMany(static (argument, i) => i == 7 ? Flatten(argument) : [argument]);

    private static IEnumerable<Type> MemberTypes(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            foreach (var field in at.GetFields(Members))
            {
                yield return field.FieldType;
            }

            foreach (var property in at.GetProperties(Members))
            {
                yield return property.PropertyType;
            }
        }
    }
}
