namespace Routing.Drivers;

/// <summary>The values of a list as parameters can carry them. Stateless.</summary>
internal static class ListValues
{
    /// <summary>A copy without nulls, as an array of a type that is a list to every driver.</summary>
    public static Array Copy<T>(IEnumerable<T> values)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        var sent = SentAs(type);
        if (sent == typeof(T))
        {
            // Value types without null among them need no boxes.
            return typeof(T).IsValueType ? values.ToArray() : values.Where(static value => value is not null).ToArray();
        }

        var present = values.Where(static value => value is not null).ToList();
        var list = Array.CreateInstance(sent, present.Count);
        for (var i = 0; i < present.Count; i++)
        {
            list.SetValue(sent == type ? present[i] : Convert.ChangeType(present[i], sent, provider: null), i);
        }

        return list;
    }

    // An array of bytes is one value everywhere, and one of characters a text; PostgreSQL has no unsigned numbers; enums are their numbers.
    private static Type SentAs(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Char => typeof(string),
        TypeCode.Byte or TypeCode.SByte or TypeCode.UInt16 => typeof(int),
        TypeCode.UInt32 => typeof(long),
        TypeCode.UInt64 => typeof(decimal),
        _ when type.IsEnum => Enum.GetUnderlyingType(type),
        _ => type,
    };
}
