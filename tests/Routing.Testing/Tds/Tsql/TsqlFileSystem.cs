using System.Runtime.InteropServices;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// SQLite's own file system with another sleep. Where SQLite was built for systems that sleep by the second, as the tests'
/// library is, a session that meets another one's commit half written (a busy machine stops its thread there) sleeps a
/// whole second before it looks again, and whoever waits for its answer gives up. Registered for the life of the process.
/// </summary>
internal static class TsqlFileSystem
{
    /// <summary>What connections open their file by.</summary>
    public const string Name = "tsql";

    // Of sqlite3_vfs: three numbers, then pointers, of which the first is the list's and the second the name.
    private const int Pointers = 19;
    private const int NamePointer = 1;
    private const int SleepPointer = 12;
    private static readonly int FirstPointer = IntPtr.Size == 8 ? 16 : 12;

    // SQLite knows it by its address only.
    private static readonly SleepFunction OwnSleep = Sleep;

    static TsqlFileSystem()
    {
        Batteries_V2.Init();
        var library = NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(raw).Assembly, searchPath: null);
        var standard = Marshal.GetDelegateForFunctionPointer<FindFunction>(NativeLibrary.GetExport(library, "sqlite3_vfs_find"))(0);
        var functions = new byte[FirstPointer + (Pointers * IntPtr.Size)];
        Marshal.Copy(standard, functions, 0, functions.Length);
        var own = Marshal.AllocHGlobal(functions.Length);
        Marshal.Copy(functions, 0, own, functions.Length);
        Marshal.WriteIntPtr(own, FirstPointer + (NamePointer * IntPtr.Size), Marshal.StringToHGlobalAnsi(Name));
        Marshal.WriteIntPtr(own, FirstPointer + (SleepPointer * IntPtr.Size), Marshal.GetFunctionPointerForDelegate(OwnSleep));
        Marshal.GetDelegateForFunctionPointer<RegisterFunction>(NativeLibrary.GetExport(library, "sqlite3_vfs_register"))(own, 0);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint FindFunction(nint name);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int RegisterFunction(nint functions, int isDefault);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SleepFunction(nint functions, int microseconds);

    /// <summary>Opens a file, or creates it; where that fails, the connection says why.</summary>
    public static bool TryOpen(string fileName, out sqlite3 database) =>
        raw.sqlite3_open_v2(fileName, out database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, Name) == raw.SQLITE_OK;

    private static int Sleep(nint functions, int microseconds)
    {
        Thread.Sleep((microseconds + 999) / 1000);
        return microseconds;
    }
}
