using System.Linq.Expressions;
using System.Reflection;
using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>
/// A property of the rows of a bulk insert, with an accessor that is compiled once per type: values go from it to the driver's
/// writer without reflection and without a box. Immutable; thread-safe.
/// </summary>
internal abstract class BulkMember<TRow>(string name)
{
    public string Name { get; } = name;

    /// <summary>Joins it to the writer of a column.</summary>
    public abstract BulkCell<TRow> Bind(IBulkWriters writers, int column);

    /// <summary>Makes the member of a property. An enum's values go as the numbers they are, as those of parameters do; a character as a text.</summary>
    public static BulkMember<TRow> Of(PropertyInfo property)
    {
        var row = Expression.Parameter(typeof(TRow), "row");
        Expression value = Expression.Property(row, property);
        var bare = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
        var isNullable = bare != value.Type;
        if (bare.IsEnum)
        {
            bare = Enum.GetUnderlyingType(bare);
            value = Expression.Convert(value, isNullable ? typeof(Nullable<>).MakeGenericType(bare) : bare);
        }
        else if (bare == typeof(char))
        {
            value = Expression.Call(value, nameof(ToString), Type.EmptyTypes);
            bare = typeof(string);
        }

        var shape = !bare.IsValueType ? typeof(ReferenceMember<,>) : isNullable ? typeof(NullableMember<,>) : typeof(ValueMember<,>);
        var accessor = Expression.Lambda(typeof(Func<,>).MakeGenericType(typeof(TRow), value.Type), value, row).Compile();
        return (BulkMember<TRow>)Activator.CreateInstance(shape.MakeGenericType(typeof(TRow), bare), property.Name, accessor)!;
    }
}

/// <summary>A member joined to the writer of its column.</summary>
internal abstract class BulkCell<TRow>
{
    public abstract ValueTask WriteAsync(TRow row);
}

internal sealed class ValueMember<TRow, TValue>(string name, Func<TRow, TValue> read) : BulkMember<TRow>(name)
    where TValue : struct
{
    public override BulkCell<TRow> Bind(IBulkWriters writers, int column) => new Cell(read, writers.Create<TValue>(column));

    private sealed class Cell(Func<TRow, TValue> read, BulkWriter<TValue> writer) : BulkCell<TRow>
    {
        public override ValueTask WriteAsync(TRow row) => writer.WriteAsync(read(row));
    }
}

internal sealed class NullableMember<TRow, TValue>(string name, Func<TRow, TValue?> read) : BulkMember<TRow>(name)
    where TValue : struct
{
    public override BulkCell<TRow> Bind(IBulkWriters writers, int column) => new Cell(read, writers.Create<TValue>(column));

    private sealed class Cell(Func<TRow, TValue?> read, BulkWriter<TValue> writer) : BulkCell<TRow>
    {
        public override ValueTask WriteAsync(TRow row) => read(row) is { } value ? writer.WriteAsync(value) : writer.WriteNullAsync();
    }
}

internal sealed class ReferenceMember<TRow, TValue>(string name, Func<TRow, TValue?> read) : BulkMember<TRow>(name)
    where TValue : class
{
    public override BulkCell<TRow> Bind(IBulkWriters writers, int column) => new Cell(read, writers.Create<TValue>(column));

    private sealed class Cell(Func<TRow, TValue?> read, BulkWriter<TValue> writer) : BulkCell<TRow>
    {
        public override ValueTask WriteAsync(TRow row) => read(row) is { } value and not DBNull ? writer.WriteAsync(value) : writer.WriteNullAsync();
    }
}
