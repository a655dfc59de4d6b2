using System.Data.Common;
using System.Reflection;
using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>Where the rows of a bulk insert come from: first their members' names, by which they meet the table's columns, then the rows themselves, once. Belongs to one call.</summary>
internal abstract class BulkSource
{
    /// <summary>What errors call the rows.</summary>
    public abstract string Kind { get; }

    /// <summary>The names of what a row has.</summary>
    public abstract IReadOnlyList<string> Members { get; }

    /// <summary>Begins to read.</summary>
    /// <param name="members">Which members are wanted, in the order of the columns.</param>
    public abstract BulkRows Open(IReadOnlyList<int> members);

    public static BulkSource Of<T>(IEnumerable<T> rows) => new Objects<T>(members => new MemberRows<T>(members, rows.GetEnumerator()));

    public static BulkSource Of<T>(IAsyncEnumerable<T> rows, CancellationToken ct) => new Objects<T>(members => new MemberRows<T>(members, rows.GetAsyncEnumerator(ct)));

    public static BulkSource Of(DbDataReader reader, CancellationToken ct) => new Reader(reader, ct);

    private sealed class Objects<T>(Func<BulkMember<T>[], BulkRows> open) : BulkSource
    {
        // Compiled once per type; the few that are compiled twice by a race are the same.
        private static BulkMember<T>[]? _all;

        public override string Kind => typeof(T).Name;

        public override IReadOnlyList<string> Members => [.. All().Select(static member => member.Name)];

        public override BulkRows Open(IReadOnlyList<int> members) => open([.. members.Select(static member => All()[member])]);

        private static BulkMember<T>[] All() => _all ??=
        [
            .. typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0
                    && !property.PropertyType.IsByRef && !property.PropertyType.IsByRefLike && !property.PropertyType.IsPointer)

                // A property that hides another comes before it.
                .DistinctBy(static property => property.Name, StringComparer.Ordinal)
                .Select(BulkMember<T>.Of),
        ];
    }

    private sealed class Reader(DbDataReader reader, CancellationToken ct) : BulkSource
    {
        public override string Kind => "the reader";

        public override IReadOnlyList<string> Members => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];

        public override BulkRows Open(IReadOnlyList<int> members) => new ReaderRows(members, reader, ct);
    }
}
