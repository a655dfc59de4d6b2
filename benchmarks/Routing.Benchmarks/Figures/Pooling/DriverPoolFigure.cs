using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Npgsql;
using Routing.Benchmarks.Databases;
using Routing.Benchmarks.Peers.Pooling;
using Routing.Drivers;
using Routing.Pools;
using Routing.Sessions;
using Routing.Testing;

namespace Routing.Benchmarks.Figures.Pooling;

/// <summary>What does it cost to rent an open connection and give it back, against opening and closing one of the driver's own pool?</summary>
/// <param name="metered">Whether every instrument, ours and the driver's, has a listener.</param>
internal abstract class DriverPoolFigure(bool metered) : RatioFigure
{
    private IAsyncDisposable? _database;
    private RoutedHost? _host;
    private MeterListener? _listener;

    protected abstract Lane Lane { get; }

    /// <summary>What one caller of the driver's pool does, over and over.</summary>
    protected abstract ValueTask OpenAndCloseAsync(int times);

    /// <summary>Starts the database, and the data source on it.</summary>
    protected abstract Task<(IAsyncDisposable Database, RoutedHost Host)> StartAsync();

    protected sealed override Operation OurRun
    {
        get
        {
            IPool pool = ((RoutingDatabase)_host!.Database).Source.Pools.All.Single();
            return Operation.Batch(times => Cycles.RunAsync(pool, Lane, times));
        }
    }

    protected sealed override Operation PeerRun => Operation.Batch(OpenAndCloseAsync);

    public override async ValueTask SetUpAsync()
    {
        (_database, _host) = await StartAsync();
        _listener = metered ? Metering.Start() : null;
    }

    protected override async ValueTask CleanUpAsync()
    {
        _listener?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    /// <summary>The names of the lines with and without listeners.</summary>
    protected static string Named(string name, bool metered) => metered ? name + "-metered" : name;

    protected static string Labelled(string peer, bool metered) => metered ? peer + ", listeners on both" : peer;
}

/// <summary>On PostgreSQL: Npgsql's pool.</summary>
internal sealed class NpgsqlPoolFigure(bool metered) : DriverPoolFigure(metered)
{
    private readonly bool _metered = metered;
    private NpgsqlDataSource? _source;

    public override string Name => Named("pool-rent-return-npgsql", _metered);

    public override string Peer => Labelled("Npgsql's pooled OpenAsync and DisposeAsync", _metered);

    protected override Lane Lane => Lane.Writer;

    protected override async Task<(IAsyncDisposable Database, RoutedHost Host)> StartAsync()
    {
        var server = await PostgreSqlServer.StartAsync(standbys: 0);
        _source = NpgsqlDataSource.Create(server.Primary);
        return (server, RoutedHost.OnPostgreSql(server.All, log: false));
    }

    protected override async ValueTask OpenAndCloseAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await using var connection = await _source!.OpenConnectionAsync();
        }
    }

    protected override async ValueTask CleanUpAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        await base.CleanUpAsync();
    }
}

/// <summary>On SQLite: Microsoft.Data.Sqlite's pool.</summary>
internal sealed class SqlitePoolFigure(bool metered) : DriverPoolFigure(metered)
{
    private readonly bool _metered = metered;
    private string? _connectionString;

    public override string Name => Named("pool-rent-return-sqlite", _metered);

    public override string Peer => Labelled("new SqliteConnection, OpenAsync and DisposeAsync, driver's pool", _metered);

    protected override Lane Lane => Lane.Reader;

    protected override async Task<(IAsyncDisposable Database, RoutedHost Host)> StartAsync()
    {
        var file = await SqliteFile.CreateAsync();
        _connectionString = file.ConnectionString;
        return (file, RoutedHost.OnSqlite(file.ConnectionString, log: false));
    }

    protected override async ValueTask OpenAndCloseAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await using var connection = new SqliteConnection(_connectionString);
            await connection.OpenAsync();
        }
    }
}
