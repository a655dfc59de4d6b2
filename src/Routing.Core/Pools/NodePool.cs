using System.Data.Common;
using Microsoft.Extensions.Logging;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;

namespace Routing.Pools;

/// <summary>
/// The pool of one node. It owns its physical connections and its maintenance loop, not the driver. One lane serves
/// every intent, except for a SQLite file, which has one writer and <see cref="PoolOptions.MaxSize"/> readers.
/// Thread-safe.
/// </summary>
internal sealed class NodePool : IPool
{
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    private readonly PoolContext _context;
    private readonly PoolLane _writer;
    private readonly PoolLane _reader;
    private readonly SupervisedLoop _maintenance;
    private readonly Lock _disposeLock = new();
    private Task? _disposal;

    /// <param name="name"><c>dataSource/node</c>.</param>
    /// <param name="driver">Not disposed by the pool.</param>
    /// <param name="facade">Makes what mappers run on; called once per physical connection.</param>
    /// <param name="limit">The limits above the pool; null for none.</param>
    /// <param name="seed">Seeds the jitters, so that a test can repeat a run; null for a seed of its own.</param>
    /// <param name="maintain">False for tests that call <see cref="MaintainAsync"/> themselves.</param>
    public NodePool(
        string name,
        IDriver driver,
        PoolOptions pool,
        TimeoutOptions timeouts,
        TimeProvider time,
        ILoggerFactory loggers,
        Func<PhysicalConnection, DbConnection> facade,
        ConnectionLimits.DataSourceLimit? limit = null,
        int? seed = null,
        bool maintain = true)
    {
        var logger = loggers.CreateLogger<NodePool>();
        _context = new PoolContext(name, driver, pool, timeouts, time, logger, facade, seed ?? HashCode.Combine(name, time.GetTimestamp()))
        {
            Limit = limit,
        };
        _writer = driver.Lanes == LaneLayout.Shared
            ? new PoolLane(_context, Lane.Writer, pool.MaxSize, pool.MinIdle)
            : new PoolLane(_context, Lane.Writer, 1, Math.Min(pool.MinIdle, 1));
        _reader = driver.Lanes == LaneLayout.WriterAndReaders
            ? new PoolLane(_context, Lane.Reader, pool.MaxSize, pool.MinIdle)
            : _writer;
        Lanes = ReferenceEquals(_reader, _writer) ? [_writer] : [_writer, _reader];
        _maintenance = new SupervisedLoop("pool " + name, MaintenanceInterval, 0.1, _ => MaintainAsync(), time, logger);
        PoolMeters.Register(this);
        if (maintain)
        {
            StartMaintenance();
        }
    }

    public string Name => _context.Name;

    public IDriver Driver => _context.Driver;

    /// <summary>The lanes, for metrics and tests.</summary>
    internal PoolLane[] Lanes { get; }

    public ValueTask<Lease> RentAsync(Lane lane, LeaseOwner? owner, bool async, Deadline deadline, CancellationToken cancellationToken) =>
        RentAsync(lane, owner, RentPriority.Normal, async, deadline, cancellationToken);

    public ValueTask<Lease> RentAsync(
        Lane lane, LeaseOwner? owner, RentPriority priority, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Lease>(cancellationToken);
        }

        var target = lane == Lane.Reader ? _reader : _writer;
        if (PoolMeters.IsWaitTimed)
        {
            return MeasuredRentAsync(target, owner, priority, async, deadline, cancellationToken);
        }

        return target.TryLend(owner, out var lease)
            ? new ValueTask<Lease>(lease)
            : target.Waits.RentAsync(new RentRequest(owner, priority, async, deadline, WaitStarted: 0, cancellationToken));
    }

    public PoolStatistics GetStatistics()
    {
        var sum = default(PoolStatistics);
        foreach (var lane in Lanes)
        {
            var one = lane.GetStatistics();
            sum = new PoolStatistics(
                sum.Active + one.Active, sum.Idle + one.Idle, sum.Opening + one.Opening, sum.Waiting + one.Waiting, sum.Max + one.Max);
        }

        return sum;
    }

    public void Clear()
    {
        foreach (var lane in Lanes)
        {
            lane.Clear();
        }

        Log.PoolCleared(_context.Logger, Name);
    }

    /// <summary>
    /// Fails the waiters, closes what is idle, and waits up to five seconds for what is rented; what comes back later is
    /// closed then. A second call waits for the first.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_disposeLock)
        {
            return new ValueTask(_disposal ??= DrainAsync());
        }
    }

    /// <summary>One round of maintenance; the loop runs it every second.</summary>
    internal ValueTask MaintainAsync()
    {
        foreach (var lane in Lanes)
        {
            lane.Stock.Maintain();
        }

        return default;
    }

    private ValueTask<Lease> MeasuredRentAsync(
        PoolLane target, LeaseOwner? owner, RentPriority priority, bool async, Deadline deadline, CancellationToken cancellationToken)
    {
        var started = _context.Time.GetTimestamp();
        if (!target.TryLend(owner, out var lease))
        {
            return target.Waits.RentAsync(new RentRequest(owner, priority, async, deadline, started, cancellationToken));
        }

        PoolMeters.WaitTime.Record(_context.Time.GetElapsedTime(started).TotalSeconds, target.Tags);
        return new ValueTask<Lease>(lease);
    }

    private void StartMaintenance()
    {
        _maintenance.Start();
        if (_writer.MinIdle > 0)
        {
            _maintenance.Trigger();
        }
    }

    private async Task DrainAsync()
    {
        var started = _context.Time.GetTimestamp();
        PoolMeters.Unregister(this);
        await _maintenance.DisposeAsync().ConfigureAwait(false);
        var drained = Task.WhenAll(Array.ConvertAll(Lanes, static lane => lane.CloseAsync()));
        await _context.Stopping.CancelAsync().ConfigureAwait(false);
        _context.Clock.Dispose();
        try
        {
            await drained.WaitAsync(DrainTimeout, _context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var waited = (long)_context.Time.GetElapsedTime(started).TotalMilliseconds;
            Log.DrainTimedOut(_context.Logger, Name, waited, GetStatistics().Active);
        }
    }
}
