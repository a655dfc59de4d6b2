using System.Reflection;

namespace Routing.UnitTests.Errors;

/// <summary>On a method that really provokes the error of a code, and returns it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProvokesAttribute(string code) : Attribute
{
    public string Code => code;
}

/// <summary>Every way to provoke an error that this project knows: one per text that a page shows.</summary>
internal static class Provocations
{
    public static IReadOnlyDictionary<string, (string Code, MethodInfo Method)> All { get; } = typeof(Provocations).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(static method => method.IsDefined(typeof(ProvokesAttribute)))
        .ToDictionary(static method => method.Name, static method => (method.GetCustomAttribute<ProvokesAttribute>()!.Code, method), StringComparer.Ordinal);

    public static async Task<Exception> RunAsync(string name)
    {
        // Continuations of the fakes stay on this thread, and nothing of a test's ambient state is left to the next.
        SynchronizationContext.SetSynchronizationContext(null);
        return await (Task<Exception>)All[name].Method.Invoke(null, null)!;
    }

    /// <summary>What the action throws.</summary>
    public static async Task<Exception> ThrownAsync(Func<Task> action)
    {
        var error = await Record.ExceptionAsync(action);
        Assert.NotNull(error);
        return error;
    }

    /// <summary>What the action throws.</summary>
    public static Exception Thrown(Action action)
    {
        var error = Record.Exception(action);
        Assert.NotNull(error);
        return error;
    }
}
