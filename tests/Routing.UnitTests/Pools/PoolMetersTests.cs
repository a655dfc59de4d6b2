using System.Diagnostics.Metrics;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;

namespace Routing.UnitTests.Pools;

[Collection("pool meters")]
public sealed class PoolMetersTests
{
    [Fact]
    public async Task Counts_and_times_are_measured_under_the_pools_name()
    {
        await using var h = new PoolHarness(maxSize: 3, name: "metered/a", configure: static o => o.MinIdle = 1);
        using var listener = new Listener("metered/a");
        var gate = h.Driver.HoldOpen();
        var rent = h.Start();
        h.Advance(300);
        gate.Succeed();
        var lease = await PoolHarness.Served(rent);
        h.Advance(700);
        PoolHarness.Return(lease);
        var (a, b, c) = (h.Rent(), h.Rent(), h.Rent());
        var late = h.Start();
        PoolHarness.Return(a);
        var last = h.Start();
        h.Advance(5000);
        await PoolHarness.Failed<PoolExhaustedException>(last);

        // The rents in between took no time; what was handed over at once is a wait of zero.
        Assert.Equal([0.3, 0, 0], listener.Values("db.client.connection.create_time"));
        Assert.Equal([0.3, 0, 0, 0, 0], listener.Values("db.client.connection.wait_time"));
        Assert.Equal([0.7, 0], listener.Values("db.client.connection.use_time"));
        Assert.Equal([1], listener.Values("db.client.connection.timeouts"));
        PoolHarness.Return(b);
        listener.Observe();
        Assert.Equal([1], listener.Values("db.client.connection.count", "idle"));
        Assert.Equal([2], listener.Values("db.client.connection.count", "used"));
        Assert.Equal([3], listener.Values("db.client.connection.max"));
        Assert.Equal([3], listener.Values("db.client.connection.idle.max"));
        Assert.Equal([1], listener.Values("db.client.connection.idle.min"));
        Assert.Equal([0], listener.Values("db.client.connection.pending_requests"));
        PoolHarness.Return(c);
        PoolHarness.Return(await PoolHarness.Served(late));
    }

    [Fact]
    public async Task Resets_and_discards_are_counted_with_their_reasons()
    {
        await using var h = new PoolHarness(maxSize: 1, name: "metered/c");
        using var listener = new Listener("metered/c");
        h.Driver.ScriptReset(FakeSteps.Succeed);
        h.Driver.ScriptReset(FakeSteps.Refuse);
        for (var i = 0; i < 2; i++)
        {
            var soiled = h.Rent();
            soiled.Soil(Dirt.Unknown);
            PoolHarness.Return(soiled);
        }

        var broken = h.Rent();
        PoolHarness.Fake(broken).Broken = true;
        PoolHarness.Return(broken);

        Assert.Equal([1], listener.Values("routing.pool.resets", "done"));
        Assert.Equal([1], listener.Values("routing.pool.resets", "failed"));
        Assert.Equal([1], listener.Values("routing.pool.discards", "it could not be reset"));
        Assert.Equal([1], listener.Values("routing.pool.discards", "it is broken"));
    }

    [Fact]
    public async Task Disposed_pool_is_measured_no_more()
    {
        var h = new PoolHarness(LaneLayout.WriterAndReaders, name: "metered/b");
        using var listener = new Listener("metered/b");
        listener.Observe();
        Assert.Equal([1, 2], listener.Values("db.client.connection.max"));
        await h.DisposeAsync();
        listener.Clear();
        listener.Observe();
        Assert.Empty(listener.Values("db.client.connection.max"));
    }

    /// <summary>Hears one pool; other tests have theirs at the same time.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, double Value, string? State)> _heard = [];

        public Listener(string pool)
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == RoutingMeter.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(pool, instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(pool, instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(pool, instrument, value, tags));
            _listener.Start();
        }

        public void Observe() => _listener.RecordObservableInstruments();

        public void Clear()
        {
            lock (_heard)
            {
                _heard.Clear();
            }
        }

        public double[] Values(string name, string? state = null)
        {
            lock (_heard)
            {
                return [.. _heard.Where(h => h.Name == name && h.State == state).Select(static h => Math.Round(h.Value, 6))];
            }
        }

        public void Dispose() => _listener.Dispose();

        private void Hear(string pool, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string? name = null;
            string? state = null;
            foreach (var tag in tags)
            {
                name = tag.Key == "db.client.connection.pool.name" ? (string?)tag.Value : name;
                state = tag.Key is "db.client.connection.state" or "routing.pool.discard.reason" or "routing.pool.reset.kind" ? (string?)tag.Value : state;
            }

            lock (_heard)
            {
                if (name == pool)
                {
                    _heard.Add((instrument.Name, value, state));
                }
            }
        }
    }
}
