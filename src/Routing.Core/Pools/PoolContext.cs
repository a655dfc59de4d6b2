using System.Data.Common;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>What the lanes of one pool share: fixed for the pool's life, so that reading it needs no lock.</summary>
internal sealed class PoolContext
{
    /// <summary>Longer than any process runs, and small enough to be added to any moment.</summary>
    public const long Never = long.MaxValue / 4;

    private readonly Lock _randomLock = new();
    private readonly Random _random;

    public PoolContext(
        string name,
        IDriver driver,
        PoolOptions pool,
        TimeoutOptions timeouts,
        TimeProvider time,
        ILogger logger,
        Func<PhysicalConnection, DbConnection> facade,
        int seed)
    {
        Name = name;
        Driver = driver;
        Time = time;
        Clock = new CoarseClock(time);
        Logger = logger;
        Facade = facade;
        Connect = timeouts.Connect;
        Cancel = timeouts.Cancel;
        RentTimeout = pool.RentTimeout;
        RentTimeoutMs = (long)Math.Ceiling(pool.RentTimeout.TotalMilliseconds);
        Reset = pool.Reset;
        MaxSize = pool.MaxSize;
        MinIdle = pool.MinIdle;
        SampleStackEvery = pool.SampleStackEvery;
        IsAdaptive = pool.Adaptive;
        AdaptiveMin = pool.AdaptiveMin;
        OneConnection = driver.Lanes == LaneLayout.OneConnection;
        ValidateAfterMs = OneConnection ? Never : (long)pool.ValidateAfter.TotalMilliseconds;
        FreshForMs = ValidateAfterMs == Never ? long.MaxValue : ValidateAfterMs;
        IsSystemTime = ReferenceEquals(time, TimeProvider.System);
        KeepAliveMs = OneConnection ? Never : ZeroIsNever(pool.KeepAlive);
        MaxWaiting = pool.MaxWaiting == 0 ? int.MaxValue : pool.MaxWaiting;
        MaxIdleMs = OneConnection ? Never : ZeroIsNever(pool.MaxIdleTime);
        MaxLifetimeMs = OneConnection ? Never : ZeroIsNever(pool.MaxLifetime);
        _random = new Random(seed);
        var slash = name.LastIndexOf('/');
        DataSource = slash < 0 ? name : name[..slash];
    }

    public string Name { get; }

    public string DataSource { get; }

    public IDriver Driver { get; }

    public TimeProvider Time { get; }

    public CoarseClock Clock { get; }

    /// <summary>Whether timers fire on the thread pool.</summary>
    public bool IsSystemTime { get; }

    public ILogger Logger { get; }

    public Func<PhysicalConnection, DbConnection> Facade { get; }

    public TimeSpan Connect { get; }

    public TimeSpan Cancel { get; }

    public TimeSpan RentTimeout { get; }

    public long RentTimeoutMs { get; }

    public ResetMode Reset { get; }

    public int MaxSize { get; }

    public int MinIdle { get; }

    /// <summary>Whether the lanes' limits follow how long connections are held.</summary>
    public bool IsAdaptive { get; }

    /// <summary>The lower bound of such a limit.</summary>
    public int AdaptiveMin { get; }

    /// <summary>One of how many leases with an owning object keeps its stack; 0 for none.</summary>
    public int SampleStackEvery { get; }

    public long ValidateAfterMs { get; }

    /// <summary>How long an idle connection is lent as it is.</summary>
    public long FreshForMs { get; }

    public long MaxIdleMs { get; }

    public long MaxLifetimeMs { get; }

    /// <summary>After how long in silence an idle connection is asked for a sign of life.</summary>
    public long KeepAliveMs { get; }

    /// <summary>The most who may wait unserved.</summary>
    public int MaxWaiting { get; }

    /// <summary>Whether the database lives and dies with its only connection, which is then kept whatever its age.</summary>
    public bool OneConnection { get; }

    /// <summary>The limits above the lanes; null for none.</summary>
    public ConnectionLimits.DataSourceLimit? Limit { get; init; }

    /// <summary>Cancelled when the pool is disposed; ends opens in flight.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    // Never does not extend to an open transaction or a cancelled command: those are not state, they are somebody's work.
    public bool NeedsReset(PhysicalConnection physical, Dirt dirt) => Reset switch
    {
        ResetMode.Always => true,
        ResetMode.WhenDirty => !physical.CanKeep(dirt),
        _ => (dirt & (Dirt.Transaction | Dirt.Cancelled)) != Dirt.None,
    };

    /// <summary>A share of <paramref name="range"/> drawn evenly from 0 to 1, so that what began together does not end together.</summary>
    public long Jitter(long range)
    {
        lock (_randomLock)
        {
            return (long)(_random.NextDouble() * range);
        }
    }

    private static long ZeroIsNever(TimeSpan time) => time == TimeSpan.Zero ? Never : (long)time.TotalMilliseconds;
}
