using System.Reflection;
using Xunit.Sdk;

namespace Routing.ConformanceTests;

/// <summary>Runs a theory once with the asynchronous verbs and once with the blocking ones.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SyncAndAsyncAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Verbs.Asynchronous], [Verbs.Blocking]];
}
