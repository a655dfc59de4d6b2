using Routing.Diagnostics;

namespace Routing.Primitives;

/// <summary>
/// Takes the result of a task that was started with <c>async: false</c>: every step of it ran on this thread, so it has
/// ended. That it has not is a bug of ours, and waiting for it would hide the bug as a thread-pool deadlock.
/// </summary>
internal static class SynchronousTask
{
#pragma warning disable CA2012, VSTHRD002 // the task is checked to be complete
    public static void Completed(this ValueTask task)
    {
        if (!task.IsCompleted)
        {
            throw WentAsynchronous();
        }

        task.GetAwaiter().GetResult();
    }

    public static T Completed<T>(this ValueTask<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw WentAsynchronous();
#pragma warning restore CA2012, VSTHRD002

    private static InvalidOperationException WentAsynchronous() =>
        CodedErrors.Bug("a synchronous call went asynchronous.");
}
