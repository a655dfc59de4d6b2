namespace Routing.ConformanceTests;

/// <summary>Marks a suite that not every engine can have. One without it must have an <see cref="OmitsSuiteAttribute"/> with its reason.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OptionalSuiteAttribute : Attribute;

/// <summary>On an engine's <see cref="ConformanceDatabase"/>: which optional suite it does not have, and why.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class OmitsSuiteAttribute(Type suite, string reason) : Attribute
{
    /// <summary>The suite.</summary>
    public Type Suite { get; } = suite;

    /// <summary>Why, in a sentence.</summary>
    public string Reason { get; } = reason;
}
