using Routing.Benchmarks.Databases;

namespace Routing.Benchmarks.Peers;

/// <summary>Routing and its peers on one database, so that all ask the same server or file. Ends what it started.</summary>
internal sealed class Contest : IAsyncDisposable
{
    private readonly IAsyncDisposable _database;

    private Contest(IAsyncDisposable database, Ours ours, IReadOnlyList<Peer> others)
    {
        _database = database;
        Ours = ours;
        Others = others;
    }

    /// <summary>Routing.</summary>
    public Ours Ours { get; }

    /// <summary>The peers, in the order asked for.</summary>
    public IReadOnlyList<Peer> Others { get; }

    /// <summary>On one PostgreSQL server, started for it.</summary>
    public static async Task<Contest> OnPostgreSqlAsync(params IReadOnlyList<Func<PostgreSqlServer, Peer>> peers)
    {
        var server = await PostgreSqlServer.StartAsync(standbys: 0);
        return new Contest(server, Ours.OnPostgreSql(server.All), [.. peers.Select(peer => peer(server))]);
    }

    /// <summary>On a PostgreSQL primary with two streaming standbys, started for it.</summary>
    public static async Task<Contest> OnStandbysAsync(params IReadOnlyList<Func<PostgreSqlServer, Peer>> peers)
    {
        var server = await PostgreSqlServer.StartAsync(standbys: 2);
        return new Contest(server, Ours.OnPostgreSql(server.All), [.. peers.Select(peer => peer(server))]);
    }

    /// <summary>On one MariaDB server, started for it.</summary>
    public static async Task<Contest> OnMariaDbAsync(params IReadOnlyList<Func<MariaDbServer, Peer>> peers)
    {
        var server = await MariaDbServer.StartAsync();
        return new Contest(server, Ours.OnMySql(server.Primary), [.. peers.Select(peer => peer(server))]);
    }

    /// <summary>On a SQLite file made for it.</summary>
    public static async Task<Contest> OnSqliteAsync(params IReadOnlyList<Func<SqliteFile, Peer>> peers)
    {
        var file = await SqliteFile.CreateAsync();
        return new Contest(file, Ours.OnSqlite(file.ConnectionString), [.. peers.Select(peer => peer(file))]);
    }

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        foreach (var other in Others)
        {
            await other.DisposeAsync();
        }

        await _database.DisposeAsync();
    }
}
