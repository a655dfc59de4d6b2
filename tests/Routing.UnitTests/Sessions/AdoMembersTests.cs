using System.Data.Common;
using System.Reflection;
using Routing.Drivers;
using Routing.Sessions;

namespace Routing.UnitTests.Sessions;

/// <summary>
/// Every member of ADO.NET's base classes that can be overridden is, or is named here with the reason why the base class does
/// right. A member that a new .NET adds fails the test until somebody has thought about it.
/// </summary>
public sealed class AdoMembersTests
{
    private const string Component = "a component's affair: designers, which have nothing to show here";
    private const string SyncIsEnough = "calls the synchronous one, which does no I/O";

    private static readonly Type[] Faces =
    [
        typeof(RoutingProviderFactory), typeof(RoutingDataSource), typeof(RoutingConnection), typeof(RoutingCommand), typeof(RoutingParameterCollection),
        typeof(RoutingBatch), typeof(RoutingBatchCommand), typeof(RoutingBatchCommandCollection), typeof(RoutingTransaction), typeof(RoutingDataReader),
        typeof(RoutingConnectionStringBuilder), typeof(LeaseConnection), typeof(LeaseCommand), typeof(LeaseParameterCollection), typeof(LeaseReader),
    ];

    private static readonly Dictionary<string, string> BaseIsRight = new(StringComparer.Ordinal)
    {
        ["Component.CanRaiseEvents"] = Component,
        ["Component.GetService"] = Component,
        ["Component.Site"] = Component,
        ["MarshalByRefObject.InitializeLifetimeService"] = "remoting, which .NET no longer has",

        ["DbDataReader.Dispose"] = "calls Close, which is overridden",

        ["DbDataSource.Dispose"] = "does nothing, and a data source lives as long as its database",
        ["DbDataSource.DisposeAsyncCore"] = "does nothing, and a data source lives as long as its database",
        ["DbDataSource.OpenDbConnection"] = "creates a connection and opens it",
        ["DbDataSource.OpenDbConnectionAsync"] = "creates a connection and opens it",
        ["DbDataSource.CreateDbCommand"] = "a command that opens a connection of its own while it runs",
        ["DbDataSource.CreateDbBatch"] = "a batch that opens a connection of its own while it runs",

        ["DbConnection.ChangeDatabaseAsync"] = SyncIsEnough,
        ["DbConnection.OnStateChange"] = "raises the event",
        ["DbConnection.StateChange"] = "the event, raised by OnStateChange",

        ["DbCommand.PrepareAsync"] = SyncIsEnough,
        ["DbCommand.DisposeAsync"] = SyncIsEnough,

        ["DbBatch.DisposeAsync"] = SyncIsEnough,

        ["DbParameterCollection.IsFixedSize"] = "false, as it is",
        ["DbParameterCollection.IsReadOnly"] = "false, as it is",
        ["DbParameterCollection.IsSynchronized"] = "false, as it is",

        ["DbConnectionStringBuilder.Clear"] = "there are no defaults to restore",
        ["DbConnectionStringBuilder.ContainsKey"] = "in any case, as keywords are",
        ["DbConnectionStringBuilder.Count"] = "how many are set: none or one",
        ["DbConnectionStringBuilder.EquivalentTo"] = "compares keywords and values",
        ["DbConnectionStringBuilder.GetProperties"] = Component,
        ["DbConnectionStringBuilder.Keys"] = "what is set",
        ["DbConnectionStringBuilder.Remove"] = "removes the name",
        ["DbConnectionStringBuilder.ShouldSerialize"] = "whether it is set",
        ["DbConnectionStringBuilder.TryGetValue"] = "in any case, as keywords are",
        ["DbConnectionStringBuilder.Values"] = "what is set",
    };

    // Mappers run on these, inside, and never ask for more than what is overridden.
    private static readonly Dictionary<string, string> BaseIsRightInside = new(StringComparer.Ordinal)
    {
        ["LeaseConnection.ConnectionTimeout"] = "it is always open",
        ["LeaseConnection.EnlistTransaction"] = "refuses, and no mapper asks",
        ["LeaseConnection.GetSchemaAsync"] = "no mapper asks; a routed connection asks the driver's own connection",
        ["LeaseConnection.Dispose"] = "closes, which does nothing: its pool decides when the physical connection ends",
        ["LeaseConnection.DisposeAsync"] = "closes, which does nothing: its pool decides when the physical connection ends",
    };

    public static TheoryData<Type> Types => [.. Faces];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_virtual_member_is_overridden_or_its_base_is_right(Type face)
    {
        var left = Inherited(face).Where(method => !BaseIsRight.ContainsKey(NameOf(method)) && !BaseIsRightInside.ContainsKey($"{face.Name}.{MemberOf(method)}"));
        Assert.Empty(left.Select(method => $"{NameOf(method)}({string.Join(", ", method.GetParameters().Select(static parameter => parameter.ParameterType.Name))})"));
    }

    [Fact]
    public void No_reason_is_left_over()
    {
        var needed = Faces.SelectMany(static face => Inherited(face).SelectMany(method => new[] { NameOf(method), $"{face.Name}.{MemberOf(method)}" })).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(BaseIsRight.Keys.Concat(BaseIsRightInside.Keys).Except(needed, StringComparer.Ordinal));
    }

    /// <summary>What <paramref name="face"/> has from ADO.NET as it is.</summary>
    private static IEnumerable<MethodInfo> Inherited(Type face) =>
        from method in face.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        where method is { IsVirtual: true, IsFinal: false } && !method.IsPrivate && !method.IsAssembly
        where method.GetBaseDefinition().DeclaringType != typeof(object) && method.DeclaringType!.Assembly != face.Assembly
        select method;

    private static string NameOf(MethodInfo method)
    {
        var declaring = method.DeclaringType!;
        return $"{declaring.Name}.{MemberOf(method)}";
    }

    private static string MemberOf(MethodInfo method) =>
        method.IsSpecialName ? method.Name[(method.Name.IndexOf('_', StringComparison.Ordinal) + 1)..] : method.Name;
}
