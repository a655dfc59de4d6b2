namespace Routing;

/// <summary>
/// Anything that statements can be sent to: a database (one-shot calls), a <see cref="Session"/>, a
/// <see cref="SessionTransaction"/>. The verbs are the extension methods of <see cref="SqlRunnerExtensions"/>.
/// Implemented by this library only.
/// </summary>
public interface ISqlRunner
{
    /// <summary>What the engine of this data source writes differently in its SQL. Never changes.</summary>
    Dialect Dialect { get; }

    internal Session Session { get; }
}
