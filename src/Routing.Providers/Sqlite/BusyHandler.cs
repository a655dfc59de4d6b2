using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Routing.Providers.Sqlite;

/// <summary>
/// SQLite's own hook for "another connection holds the lock": unlike <c>sqlite3_busy_timeout</c>, whose sleeps nothing can
/// end, it lets a cancel or a deadline stop the wait at once. SQLitePCLRaw does not offer the function, so it is looked up
/// in the native library that SQLitePCLRaw loaded; where that has another form, the fixed busy time-out remains.
/// </summary>
internal static unsafe class BusyHandler
{
    private static readonly nint Function = Find();

    /// <summary>Installs the hook. <paramref name="state"/> must stay alive until the connection is closed.</summary>
    public static void Install(sqlite3 handle, GCHandle state, TimeSpan fallback)
    {
        if (Function == 0)
        {
            raw.sqlite3_busy_timeout(handle, (int)Math.Min(fallback.TotalMilliseconds, int.MaxValue));
            return;
        }

        var set = (delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, int, int>, nint, int>)Function;
        set(handle.DangerousGetHandle(), &OnBusy, GCHandle.ToIntPtr(state));
        GC.KeepAlive(handle);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnBusy(nint state, int attempts)
    {
        try
        {
            return GCHandle.FromIntPtr(state).Target is SqlitePhysicalConnection connection && connection.WaitForLock(attempts) ? 1 : 0;
        }
        catch (Exception)
        {
            // An exception must not cross native frames; 0 makes SQLite report the lock as busy.
            return 0;
        }
    }

    private static nint Find()
    {
        var provider = typeof(raw).Assembly;
        return NativeLibrary.TryLoad(raw.GetNativeLibraryName(), provider, searchPath: null, out var library)
            && NativeLibrary.TryGetExport(library, "sqlite3_busy_handler", out var function)
                ? function
                : 0;
    }
}
