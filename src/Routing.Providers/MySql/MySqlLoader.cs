using System.Data.Common;
using System.Reflection;

namespace Routing.Providers.MySql;

/// <summary>
/// The client library's MySqlBulkLoader, which sends a stream as the file of a LOAD DATA LOCAL. Both libraries have it, and differ in
/// how they are given the stream. Belongs to one bulk insert; not thread-safe.
/// </summary>
internal sealed class MySqlLoader
{
    private readonly object _loader;
    private readonly Type _type;

    private MySqlLoader(object loader)
    {
        _loader = loader;
        _type = loader.GetType();
    }

    /// <summary>Null where the library has none.</summary>
    public static MySqlLoader? Of(DbConnection connection, string table, IEnumerable<string> columns)
    {
        var type = connection.GetType().Assembly.GetType(connection.GetType().Namespace + ".MySqlBulkLoader");
        if (type is null || Activator.CreateInstance(type, connection) is not { } made)
        {
            return null;
        }

        var loader = new MySqlLoader(made);
        loader.Set("TableName", table);
        loader.Set("Local", true);
        loader.Set("CharacterSet", "utf8mb4");
        loader.Set("FieldTerminator", "\t");
        loader.Set("LineTerminator", "\n");
        loader.Set("EscapeCharacter", '\\');
        loader.Set("Timeout", 0);
        ((List<string>)loader._type.GetProperty("Columns")!.GetValue(made)!).AddRange(columns);
        return loader;
    }

    /// <summary>Sends the stream; returns how many rows the server says it has stored.</summary>
    public async ValueTask<int> LoadAsync(Stream rows, bool async)
    {
        if (_type.GetProperty("SourceStream") is { } source)
        {
            source.SetValue(_loader, rows);
            return async ? await ((Task<int>)Call("LoadAsync")!).ConfigureAwait(false) : (int)Call("Load")!;
        }

        return async ? await ((Task<int>)Call("LoadAsync", rows)!).ConfigureAwait(false) : (int)Call("Load", rows)!;
    }

    private void Set(string property, object value) => _type.GetProperty(property)!.SetValue(_loader, value);

    private object? Call(string method, params Stream[] arguments) =>
        _type.GetMethod(method, Array.ConvertAll(arguments, static _ => typeof(Stream)))!.Invoke(_loader, BindingFlags.DoNotWrapExceptions, null, arguments, null);
}
