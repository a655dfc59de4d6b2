using System.Diagnostics;

namespace Routing.Pools;

/// <summary>A call stack as errors show it: the callers' own methods, the nearest first, without our frames and the runtime's.</summary>
internal static class CallStack
{
    private const int Named = 3;

    private static readonly string[] NotCallers = [typeof(CallStack).Assembly.GetName().Name!, "System", "Dapper"];

    /// <summary><c>Shop.Report.Run &lt; Shop.Worker.Loop</c>; null when no frame is a caller's.</summary>
    public static string? Describe(StackTrace? stack)
    {
        if (stack is null)
        {
            return null;
        }

        var names = stack.GetFrames().Select(NameOf).OfType<string>().Distinct().Take(Named).ToList();
        return names.Count == 0 ? null : string.Join(" < ", names);
    }

    private static string? NameOf(StackFrame frame)
    {
        if (DiagnosticMethodInfo.Create(frame) is not { DeclaringTypeName: { } type } method || IsNoCaller(method.DeclaringAssemblyName))
        {
            return null;
        }

        // An asynchronous or local method is a class or method of the compiler's: Shop.Report+<Run>d__3.MoveNext.
        var generated = type.IndexOf("+<", StringComparison.Ordinal);
        return generated < 0
            ? $"{type.Replace('+', '.')}.{Written(method.Name)}"
            : $"{type[..generated].Replace('+', '.')}.{Written(type[(generated + 1)..] + method.Name)}";
    }

    private static bool IsNoCaller(string assembly)
    {
        var name = assembly.Split(',')[0];
        return NotCallers.Any(other => name == other || name.StartsWith(other + ".", StringComparison.Ordinal));
    }

    private static string Written(string name)
    {
        var begin = name.IndexOf('<', StringComparison.Ordinal);
        var end = name.IndexOf('>', StringComparison.Ordinal);
        return begin >= 0 && end > begin + 1 ? name[(begin + 1)..end] : name;
    }
}
