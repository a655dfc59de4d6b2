using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Keeps each node's <see cref="Catalog"/> as fresh as its interval: read at the first wish, asked for changes from then
/// on, forgotten by a timer of its own when no answer came for too long, whatever the question hangs in. Nodes with the same definitions share one object, so that a
/// statement is proven once for all of them. While a definition is being changed through this data source nothing is
/// known (<see cref="Suspend"/>). Never on a caller's path: it reads in the background, over a connection that it opens for
/// each round. Thread-safe.
/// </summary>
internal sealed class CatalogWatch : IAsyncDisposable
{
    /// <summary>What another process changes is known after this at the latest, plus jitter and the time that reading takes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private const double Jitter = 0.2;

    // Doubts and wishes come with statements; the database is asked about them no more often than this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // A catalog that could not be checked for two intervals is older than the bound that the guide promises.
    private static readonly TimeSpan LongestUnchecked = Interval * 2;

    private readonly string _name;
    private readonly NodePools _pools;
    private readonly ICatalogReader _reader;
    private readonly TimeSpan _connect;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SupervisedLoop _loop;
    private readonly ITimer _expiry;
    private readonly Lock _gate = new();
    private ImmutableArray<NodeCatalog> _nodes = [];
    private int _suspensions;
    private long _version;
    private long _lastRun;

    public CatalogWatch(string name, NodePools pools, ICatalogReader reader, TimeSpan connect, TimeProvider time, ILogger logger)
    {
        _name = name;
        _pools = pools;
        _reader = reader;
        _connect = connect;
        _time = time;
        _logger = logger;
        _loop = new SupervisedLoop("catalog " + name, Interval, Jitter, RunAsync, time, logger);
        using (DetachedFlow.Begin())
        {
            _expiry = time.CreateTimer(static watch => ((CatalogWatch)watch!).ForgetOld(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether every node that was wished for is known.</summary>
    public bool IsSettled => _nodes is { Length: > 0 } nodes && nodes.All(static node => node.Catalog is not null);

    /// <summary>Whether no round runs or is asked for: the next comes with the interval.</summary>
    public bool IsIdle => _loop.IsIdle;

    /// <summary>What is known of a node now; null while that is nothing.</summary>
    public Catalog? Of(Node node)
    {
        foreach (var known in _nodes)
        {
            if (known.Node.Id == node.Id)
            {
                return known.Catalog;
            }
        }

        return null;
    }

    /// <summary>Asks for a node's catalog to be read soon.</summary>
    public void Want(Node node)
    {
        if (!_nodes.Any(known => known.Node.Id == node.Id))
        {
            lock (_gate)
            {
                if (!_nodes.Any(known => known.Node.Id == node.Id))
                {
                    _nodes = _nodes.Add(new NodeCatalog(node, null, null, 0));
                    _lastRun = 0;
                }
            }

            _loop.Start();
        }

        TriggerPatiently();
    }

    /// <summary>A statement is not proven: what it names may be newer than the catalog, so it is worth a question.</summary>
    public void NoteDoubt(Node node, string summary, string doubt)
    {
        Log.NotProven(_logger, summary, _name, node.Name, doubt);
        TriggerPatiently();
    }

    /// <summary>From here on, until <see cref="Resume"/>, definitions may change at any moment: nothing is proven. Pairs nest.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _suspensions++;
            ForgetAll_NeedsLock();
        }
    }

    /// <summary>The change is done or undone, for everybody to see.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _suspensions--;
            ForgetAll_NeedsLock();
        }

        // Definitions come in numbers: they are read when none has come for a while and the next statement wants to know.
        Volatile.Write(ref _lastRun, _time.GetTimestamp());
    }

    /// <summary>Something said that what is known is wrong, such as a prepared statement that no longer fits.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            ForgetAll_NeedsLock();
        }

        _loop.Trigger();
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync().ConfigureAwait(false);
        await _expiry.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One round over all wished-for nodes.</summary>
    private async ValueTask RunAsync(CancellationToken ct)
    {
        Volatile.Write(ref _lastRun, _time.GetTimestamp());
        foreach (var known in _nodes)
        {
            await RefreshAsync(known.Node, ct).ConfigureAwait(false);
        }
    }

    // The catalogs go, the fingerprints too: what was read while definitions changed must not be taken for up to date.
    private void ForgetAll_NeedsLock()
    {
        _version++;
        _nodes = [.. _nodes.Select(static known => known with { Catalog = null, Fingerprint = null })];
    }

    private void TriggerPatiently()
    {
        var last = Volatile.Read(ref _lastRun);
        if (last == 0 || _time.GetElapsedTime(last) >= Patience)
        {
            _loop.Trigger();
        }
    }

    private async ValueTask RefreshAsync(Node node, CancellationToken ct)
    {
        var version = Volatile.Read(ref _version);

        // An answer that takes longer is too old when it comes, and the other nodes wait for it.
        using var limit = new CancellationTokenSource(LongestUnchecked, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            // Not one of the pool's: a caller that waits for the only one must not wait for this, too.
            var physical = await _pools[node].Driver.OpenAsync(Lane.Reader, async: true, Deadline.After(_time, _connect), either.Token).ConfigureAwait(false);
            await using var _ = physical.ConfigureAwait(false);
            Publish(await AskAsync(node, physical, either.Token).ConfigureAwait(false), version);
        }
        catch (Exception error) when (error is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.CatalogUnread(_logger, error, _name, node.Name);
        }
    }

    private async ValueTask<NodeCatalog> AskAsync(Node node, PhysicalConnection physical, CancellationToken ct)
    {
        var known = _nodes.First(known => known.Node.Id == node.Id);
        var connection = physical.Connection;
        var asked = _time.GetTimestamp();
        var fingerprint = await _reader.FingerprintAsync(connection, ct).ConfigureAwait(false);
        if (_nodes.FirstOrDefault(other => other.Catalog is not null && other.Fingerprint == fingerprint) is { } same)
        {
            return known with { Catalog = same.Catalog, Fingerprint = fingerprint, CheckedAt = asked };
        }

        var (catalog, read) = await _reader.ReadAsync(connection, ct).ConfigureAwait(false);
        Log.CatalogRead(_logger, _name, node.Name, catalog.RelationCount, _time.GetElapsedTime(asked).TotalMilliseconds);
        return known with { Catalog = catalog, Fingerprint = read, CheckedAt = asked };
    }

    /// <summary>What was asked for before something changed is not published: the change itself asks for another round.</summary>
    private void Publish(NodeCatalog found, long version)
    {
        lock (_gate)
        {
            if (_version == version && _suspensions == 0 && !IsOld(found))
            {
                Replace_NeedsLock(found);
                ArmExpiry_NeedsLock();
            }
        }
    }

    /// <summary>
    /// On a timer, because the round that should have renewed it may hang; looking at the clock for each statement would cost
    /// more than the proof.
    /// </summary>
    private void ForgetOld()
    {
        lock (_gate)
        {
            _nodes = [.. _nodes.Select(known => IsOld(known) ? known with { Catalog = null, Fingerprint = null } : known)];
            ArmExpiry_NeedsLock();
        }
    }

    private void ArmExpiry_NeedsLock()
    {
        var known = _nodes.Where(static known => known.Catalog is not null);
        if (known.Any())
        {
            // A timer cuts fractions of a millisecond off, and would fire for nothing.
            var left = LongestUnchecked - known.Max(known => _time.GetElapsedTime(known.CheckedAt));
            _expiry.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private bool IsOld(NodeCatalog known) => known.Catalog is not null && _time.GetElapsedTime(known.CheckedAt) >= LongestUnchecked;

    private void Replace_NeedsLock(NodeCatalog found) => _nodes = [.. _nodes.Select(known => known.Node.Id == found.Node.Id ? found : known)];

    /// <param name="Node">Which node, as it was when it was first wished for.</param>
    /// <param name="Catalog">What is known; null for nothing.</param>
    /// <param name="Fingerprint">Of what is known.</param>
    /// <param name="CheckedAt">When the answer was asked for that said it is still so.</param>
    private sealed record NodeCatalog(Node Node, Catalog? Catalog, string? Fingerprint, long CheckedAt);
}
