using System.Data.Common;
using System.Diagnostics;
using Routing.Testing;

namespace Routing.ConformanceTests;

/// <summary>
/// A data source of one node and at most one connection, behind a proxy that cuts it where a test says. The measuring run comes first: from
/// where it was armed to its end it tells where messages end; then each of <see cref="Plans"/> cuts at one of these places. Not thread-safe.
/// </summary>
internal sealed class CutHost : IAsyncDisposable
{
    /// <summary>What nothing here may take longer than; far more than a slow machine needs.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly CuttingProxy _proxy;
    private readonly RoutedHost _host;
    private Plan _plan = Plan.None;
    private CuttingProxy.Cut? _armed;

    private CutHost(CuttingProxy proxy, RoutedHost host)
    {
        _proxy = proxy;
        _host = host;
    }

    public IRoutingDatabase Db => _host.Database;

    /// <summary>Whether the planned cut was made.</summary>
    public bool WasCut => _armed is { IsMade: true };

    /// <summary>Opens it on the engine's primary.</summary>
    public static async Task<CutHost> OpenAsync(ConformanceDatabase database, Dictionary<string, string>? settings = null)
    {
        var host = Create(database, settings);
        await Catalogs.KnownAsync(host._host);
        await host.Db.ExecuteScalarAsync<int>("select 1");
        await Leases.AllReturnedAsync(host.Db);
        return host;
    }

    /// <summary>The same before its first connection.</summary>
    public static CutHost Create(ConformanceDatabase database, Dictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>(settings ?? [], StringComparer.Ordinal)
        {
            ["Nodes:a:Role"] = "Primary",
            ["Pool:MaxSize"] = "1",
            ["Pool:RentTimeout"] = "00:00:15",
            ["Timeouts:Command"] = "00:00:20",
            ["Timeouts:Connect"] = "00:00:15",
        };
        var proxy = CuttingProxy.InFrontOf(database.ServerPort);
        return new CutHost(proxy, database.OpenAt(proxy.Port, all));
    }

    /// <summary>What cuts at the places that the measuring run has found, before, at and behind the end of each message, in either direction.</summary>
    public IEnumerable<Plan> Plans() =>
        from toward in new[] { Toward.Server, Toward.Client }
        from after in Places(_armed!.Marks(toward))
        select new Plan(toward, after);

    /// <summary>What <see cref="Arm"/> does next.</summary>
    public void Expect(Plan plan)
    {
        _proxy.Disarm();
        _armed = null;
        _plan = plan;
    }

    /// <summary>
    /// The same, to the pool's connection alone, which is open. The role of a node whose connection was lost is asked again, over a connection of
    /// its own, at any moment.
    /// </summary>
    public Task ExpectHereAsync(Plan plan)
    {
        Expect(plan);
        return _proxy.ChooseAsync(Bound);
    }

    /// <summary>From here on bytes count.</summary>
    public void Arm() => _armed = _plan == Plan.None ? _proxy.Measure() : _proxy.Arm(_plan.Toward, _plan.After, abruptly: _plan.After % 2 == 1);

    /// <summary>From here on nothing is cut any more.</summary>
    public void Disarm() => _proxy.Disarm();

    /// <summary>Every connection ends now.</summary>
    public void CutAll(bool abruptly) => _proxy.CutAll(abruptly);

    /// <summary>Runs it aside, as blocking verbs must, within the bound; what it failed with.</summary>
    public static async Task<Exception?> FailureOfAsync(Func<Task> work) => await Record.ExceptionAsync(() => Task.Run(work).WaitAsync(Bound));

    /// <summary>Asks again until it succeeds; what it fails with meanwhile must say that nothing was sent.</summary>
    public static async Task EventuallyAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        while (await FailureOfAsync(work) is { } error)
        {
            Assert.True(error is NodeUnavailableException, error.ToString());
            Assert.True(Stopwatch.GetElapsedTime(started) < Bound, error.ToString());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    private static SortedSet<long> Places(IReadOnlyList<long> marks)
    {
        var places = new SortedSet<long>();
        foreach (var mark in marks)
        {
            places.UnionWith([0, 1, mark - 1, mark]);
        }

        return places;
    }

    /// <summary>Where to cut.</summary>
    /// <param name="Toward">Which way bytes are counted.</param>
    /// <param name="After">How many pass.</param>
    public sealed record Plan(Toward Toward, long After)
    {
        /// <summary>Nowhere: the measuring run.</summary>
        public static Plan None { get; } = new(Toward.Client, -1);
    }
}
