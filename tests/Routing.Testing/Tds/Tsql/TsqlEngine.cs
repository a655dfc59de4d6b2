using System.Collections.Concurrent;
using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// Runs the part of T-SQL that the tests use on a private SQLite file: each session is a connection to it. Rows, keys and
/// conflicts are real; the words, the types and the errors are translated, and everything else about SQL Server (its
/// optimizer, its locks, its permissions) is not there. Thread-safe.
/// </summary>
public sealed class TsqlEngine : ITdsEngine
{
    private readonly string _directory = Directory.CreateTempSubdirectory("routing-tds-").FullName;
    private readonly ConcurrentDictionary<string, long> _sequences = new(StringComparer.OrdinalIgnoreCase);
    private readonly sqlite3 _first;
    private int _lastSession = 50;
    private long _commits;

    /// <summary>Creates the file and holds it open, so that its log is not taken away with one session and built again for the next.</summary>
    public TsqlEngine()
    {
        if (!TsqlFileSystem.TryOpen(FileName, out _first)
            || raw.sqlite3_exec(_first, "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL") != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"The engine's file cannot be created: {raw.sqlite3_errmsg(_first).utf8_to_string()}.");
        }
    }

    /// <summary>What <c>DATABASEPROPERTYEX(..., 'Updateability')</c> says; with false every write is refused by 3906.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>The database that clients find.</summary>
    public string Database { get; init; } = "conformance";

    internal string FileName => Path.Combine(_directory, "engine.db");

    /// <summary>Bodies of procedures by name, and of triggers by the name of their table.</summary>
    internal ConcurrentDictionary<string, string> Procedures { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc cref="Procedures"/>
    internal ConcurrentDictionary<string, string> Triggers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Locks of the application, by resource, with the session that holds them.</summary>
    internal ConcurrentDictionary<string, int> Locks { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public ITdsEngineSession Open(TdsLogin login)
    {
        if (login.Database.Length > 0 && !login.Database.Equals(Database, StringComparison.OrdinalIgnoreCase) && login.Database != "master")
        {
            throw new TdsException(4060, 11, $"Cannot open database \"{login.Database}\" requested by the login. The login failed.");
        }

        return new TsqlSession(this, Interlocked.Increment(ref _lastSession), isReplica: false);
    }

    /// <summary>
    /// A second node on the same file, which refuses writes as a secondary replica does and never lags. From here on both say
    /// that they belong to an availability group.
    /// </summary>
    public ITdsEngine CreateReplica()
    {
        HasReplica = true;
        return new ReplicaEngine(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        raw.sqlite3_close_v2(_first);
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // A session that was cut still closes its file; the next clean-up of the temporary directory takes it.
        }
    }

    /// <summary>Whether the database belongs to an availability group.</summary>
    internal bool HasReplica { get; private set; }

    /// <summary>How many writes were committed.</summary>
    internal long Commits => Interlocked.Read(ref _commits);

    internal void NoteCommit() => Interlocked.Increment(ref _commits);

    internal void CreateSequence(string name) => _sequences[name] = 0;

    internal long Next(string name) => _sequences.AddOrUpdate(name, 1, static (_, value) => value + 1);

    internal long? Last(string name) => _sequences.TryGetValue(name, out var value) && value > 0 ? value : null;

    private sealed class ReplicaEngine(TsqlEngine primary) : ITdsEngine
    {
        public ITdsEngineSession Open(TdsLogin login) => new TsqlSession(primary, Interlocked.Increment(ref primary._lastSession), isReplica: true);

        public void Dispose()
        {
            // The file is the primary's.
        }
    }
}
