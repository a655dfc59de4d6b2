using System.Data.Common;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;

namespace Routing.Providers.MySql;

/// <summary>
/// The socket under a connection of MySql.Data, which shows it to nobody. Closing it is the only way to end a command whose server
/// is silent: that library's own Dispose sends a farewell and waits, or fails because a read is pending. Pure; thread-safe.
/// </summary>
internal static class MySqlSocket
{
    private const BindingFlags OfInstances = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly PropertyInfo? InnerStream = typeof(AuthenticatedStream).GetProperty("InnerStream", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>Null for a connection of another library, or where this one keeps it elsewhere by now.</summary>
    public static Socket? Of(DbConnection connection) =>
        Field(Field(Field(connection, "driver"), "handler"), "baseStream") is Stream stream ? Of(stream) : null;

    private static Socket? Of(Stream? stream) => stream switch
    {
        NetworkStream network => network.Socket,
        SslStream => Of(InnerStream?.GetValue(stream) as Stream),
        _ => null,
    };

    private static object? Field(object? of, string name)
    {
        for (var type = of?.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(name, OfInstances) is { } field)
            {
                return field.GetValue(of);
            }
        }

        return null;
    }
}
