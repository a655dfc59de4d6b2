using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Routing.Diagnostics;
using Routing.Testing;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does telemetry cost while nobody listens? The whole line on a synchronous driver, against the same line with
/// telemetry taken out: a second copy of the library that was loaded with the switch off, which the JIT reads as a
/// constant. Both sides are such copies, so that they differ in the switch only.
/// </summary>
internal sealed class TelemetryOffFigure : RatioFigure
{
    private Func<int, ValueTask>? _ours;
    private Func<int, ValueTask>? _peer;

    public override string Name => "telemetry-off";

    public override string Peer => "the same line loaded with Routing.Telemetry.IsSupported off";

    protected override Operation OurRun => Operation.Batch(_ours!);

    protected override Operation PeerRun => Operation.Batch(_peer!);

    public override ValueTask SetUpAsync()
    {
        _ours = TelemetryLine.LoadCopy(isSupported: true);
        _peer = TelemetryLine.LoadCopy(isSupported: false);
        return default;
    }
}

/// <summary>A data source on a driver that answers at once, and copies of it with and without telemetry.</summary>
internal static class TelemetryLine
{
    private const string Text = "select id, customer from orders where id = @id";

    /// <summary>Runs the line this often, in this copy of the library. Called by reflection in the others.</summary>
    public static Func<int, ValueTask> Create()
    {
        var routing = new FakeRouting(new FakeDriver { Answer = static _ => new FakeResult(["id"], [typeof(long)], [[7L]]) });
        return async times =>
        {
            for (var i = 0; i < times; i++)
            {
                await routing.Database.QuerySingleAsync<long>(Text, new { id = 7L });
            }
        };
    }

    /// <summary>A copy of the library with statics of its own.</summary>
    public static Func<int, ValueTask> LoadCopy(bool isSupported)
    {
        var copy = new Copy();
        var telemetry = copy.LoadFromAssemblyName(typeof(Diagnostics.Telemetry).Assembly.GetName()).GetType(typeof(Diagnostics.Telemetry).FullName!, throwOnError: true)!;
        AppContext.SetSwitch(Diagnostics.Telemetry.Switch, isSupported);
        RuntimeHelpers.RunClassConstructor(telemetry.TypeHandle);
        AppContext.SetSwitch(Diagnostics.Telemetry.Switch, isEnabled: true);
        if (!Equals(telemetry.GetProperty(nameof(Diagnostics.Telemetry.IsSupported), BindingFlags.Static | BindingFlags.Public)!.GetValue(null), isSupported))
        {
            throw new InvalidOperationException("The copy did not take the switch: both sides would be the same.");
        }

        var line = copy.LoadFromAssemblyName(typeof(TelemetryLine).Assembly.GetName()).GetType(typeof(TelemetryLine).FullName!, throwOnError: true)!;
        return (Func<int, ValueTask>)line.GetMethod(nameof(Create))!.Invoke(null, null)!;
    }

    private sealed class Copy() : AssemblyLoadContext("a copy of Routing")
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name!.StartsWith("Routing", StringComparison.Ordinal)
                ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
                : null;
    }
}
