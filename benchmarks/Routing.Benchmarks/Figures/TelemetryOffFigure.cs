using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Routing.Diagnostics;
using Routing.Testing;

namespace Routing.Benchmarks.Figures;

/// <summary>
/// What does telemetry cost while nobody listens? The whole line on a synchronous driver, against the same line with
/// telemetry taken out: a second copy of the library that was loaded with the switch off, which the JIT reads as a
/// constant. Both sides are such copies, so that they differ in the switch only; and each is several that take turns,
/// because where the JIT happens to place one copy's code makes a difference of some per cent by itself.
/// </summary>
internal sealed class TelemetryOffFigure : RatioFigure
{
    private const int Copies = 4;

    // Each copy is compiled by itself, in tiers; the harness's own warm-up is for one.
    private const int WarmUps = 8;
    private const int WarmUpBatch = 50_000;

    private Func<int, ValueTask>? _ours;
    private Func<int, ValueTask>? _peer;

    public override string Name => "telemetry-off";

    public override string Peer => "the same line loaded with Routing.Telemetry.IsSupported off";

    protected override Operation OurRun => Operation.Batch(_ours!);

    protected override Operation PeerRun => Operation.Batch(_peer!);

    public override async ValueTask SetUpAsync()
    {
        var copies = Enumerable.Range(0, Copies).Select(static _ => (On: TelemetryLine.LoadCopy(isSupported: true), Off: TelemetryLine.LoadCopy(isSupported: false))).ToList();
        _ours = InTurns([.. copies.Select(static copy => copy.On)]);
        _peer = InTurns([.. copies.Select(static copy => copy.Off)]);
        for (var i = 0; i < WarmUps; i++)
        {
            await _ours(Copies * WarmUpBatch);
            await _peer(Copies * WarmUpBatch);
        }
    }

    private static Func<int, ValueTask> InTurns(Func<int, ValueTask>[] lines)
    {
        var next = 0;
        return async times =>
        {
            // Also when a batch is smaller than the number of copies, each gets its turn in the end.
            var share = Math.Max(1, times / lines.Length);
            for (var left = times; left > 0; left -= share)
            {
                await lines[next++ % lines.Length](Math.Min(share, left));
            }
        };
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
