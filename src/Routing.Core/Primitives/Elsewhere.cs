using System.Threading.Tasks.Sources;

namespace Routing.Primitives;

/// <summary>
/// A continuation that has to go on somewhere of its own: with the awaiter's execution context, or in the synchronization
/// context or task scheduler it came from. The framework's core knows how; this is that core, told once.
/// </summary>
internal sealed class Elsewhere
{
    private ManualResetValueTaskSourceCore<bool> _core;

    private Elsewhere(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, _core.Version, flags);

    /// <summary>Takes one there; its argument is the <see cref="Elsewhere"/>.</summary>
    public static Action<object?> Continue { get; } = static elsewhere => ((Elsewhere)elsewhere!)._core.SetResult(true);

    /// <summary>Null when the thread pool will do, which is so for every <c>await</c> in code without a context.</summary>
    public static Elsewhere? For(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags) =>
        HasPlace(flags) ? new Elsewhere(continuation, state, flags) : null;

    private static bool HasPlace(ValueTaskSourceOnCompletedFlags flags) =>
        flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext)
        || (flags.HasFlag(ValueTaskSourceOnCompletedFlags.UseSchedulingContext)
            && (SynchronizationContext.Current is not null || TaskScheduler.Current != TaskScheduler.Default));
}
