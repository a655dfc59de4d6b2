namespace Routing.Primitives;

/// <summary>
/// Starts work that outlives its caller without the caller's AsyncLocals (sessions, activities, ambient owners), which
/// would otherwise be kept alive by it and show up in it. Dispose on the same thread, before any await.
/// </summary>
internal static class DetachedFlow
{
    /// <summary>Suppresses the flow; nested use is fine, where the framework's own call would throw.</summary>
    public static AsyncFlowControl Begin() => ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
}
