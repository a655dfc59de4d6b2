using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using Npgsql;
using Routing.Providers.PostgreSql;
using Routing.Statements;
using Routing.Testing.Statements;
using Xunit.Abstractions;

namespace Routing.IntegrationTests.Statements;

/// <summary>
/// PostgreSQL itself says whether what the classifier calls Read is one: in a read-only transaction, and by the
/// transaction id that a read-write transaction is given as soon as it writes or locks a row. Tried: with row locks not
/// looked for, or one of the writing functions declared pure, the property fails within a hundred texts.
/// </summary>
/// <param name="output">Where the seed goes.</param>
public abstract class PostgreSqlReadOnlyTests(ITestOutputHelper output) : IAsyncLifetime, IAsyncDisposable
{
    private const int Rounds = 1000;

    /// <summary>What the generated statements call that no classifier can know: functions that write, loudly and in disguise.</summary>
    private const string Functions = """
        create function write_something() returns int language sql volatile as
            $$ insert into categories (id, name) values (nextval('order_numbers') + 1000, 'written') returning 1 $$;
        create function write_quietly() returns text language plpgsql volatile as
            $$ begin perform pg_advisory_lock(7); return set_config('app.left_behind', 'x', false); end $$;
        create function add_one(i int) returns int language sql immutable as $$ select i + 1 $$;
        create procedure write_by_procedure() language sql as $$ insert into categories (id, name) values (950, 'called') $$;
        create materialized view m as select count(*) from orders;
        """;

    private NpgsqlConnection _connection = null!;

    /// <summary>A database of this test's own, empty, with a user who may create everything in it.</summary>
    protected abstract string ConnectionString { get; }

    public virtual async Task InitializeAsync()
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, IncludeErrorDetail = true };
        _connection = new NpgsqlConnection(builder.ToString());
        await _connection.OpenAsync();
        await RunAsync(StatementCorpus.Schema("postgresql"));
        await RunAsync(Functions);
        await RunAsync("set statement_timeout = '5s'; set lock_timeout = '1s'; set client_min_messages = warning");
        await _connection.ReloadTypesAsync();
    }

    public virtual async Task DisposeAsync() => await _connection.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _connection.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_everyday_read_runs_in_a_read_only_transaction()
    {
        foreach (var read in StatementCorpus.Reads("postgresql"))
        {
            if (PostgreSqlSyntax.Classifier.Classify(read).Class == StatementClass.Read)
            {
                var error = await TryAsync("begin read only", read);
                Assert.True(error is null, $"{error?.MessageText}: {read}");
            }
        }
    }

    [Fact]
    public void Whatever_is_classified_read_is_accepted_by_a_read_only_transaction_and_writes_nothing_in_another()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"Seed: {seed}");
        var config = Config.QuickThrowOnFailure.WithMaxTest(Rounds)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
        int reads = 0, completed = 0, refusals = 0;

        // FsCheck's properties are synchronous; each blocks on a connection that nothing else uses.
        Prop.ForAll(Choices(), choices =>
        {
            var text = StatementGrammar.PostgreSql(choices);
            var statement = PostgreSqlSyntax.Classifier.Classify(text);
            if (statement.Class == StatementClass.Read)
            {
                reads++;
                completed += CheckReadAsync(text).GetAwaiter().GetResult() ? 1 : 0;
            }
            else if (statement.Effect is SessionEffect.Unknown or SessionEffect.Neutral)
            {
                refusals += TryAsync("begin read only", text).GetAwaiter().GetResult()?.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction ? 1 : 0;
            }
        }).Check(config);

        output.WriteLine($"{reads} of {Rounds} were reads, {completed} of them ran to their end; {refusals} of the others were refused.");
        Assert.True(completed > Rounds / 10 && refusals > Rounds / 100, $"The grammar proves too little: {completed} reads ran, {refusals} refusals.");
    }

    /// <summary>Long enough for nested statements, and every number as likely as any other; shrinking makes them shorter and smaller.</summary>
    private static Arbitrary<int[]> Choices()
    {
        var numbers = Gen.Choose(0, 9999);
        return Arb.From(
            Gen.Choose(1, 80).SelectMany(length => numbers.ArrayOf(length)),
            ArbMap.Default.ArbFor<int[]>().Shrinker);
    }

    private async Task<bool> CheckReadAsync(string text)
    {
        var refused = await TryAsync("begin read only", text);
        Assert.True(refused?.SqlState != PostgresErrorCodes.ReadOnlySqlTransaction, $"{refused?.MessageText}: {text}");

        var error = await TryAsync("begin", text, async () =>
        {
            Assert.True(await AskAsync("select pg_current_xact_id_if_assigned() is null"), $"Took a transaction id: {text}");
            Assert.True(await AskAsync("select not exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())"), $"Holds a lock: {text}");
        });
        Assert.Equal(refused?.SqlState, error?.SqlState);
        return error is null;
    }

    /// <summary>Runs a text in a transaction that is rolled back; returns its error.</summary>
    private async Task<PostgresException?> TryAsync(string begin, string text, Func<Task>? then = null)
    {
        await RunAsync(begin);
        try
        {
            await RunWithParametersAsync(text);
            if (then is not null)
            {
                await then();
            }

            return null;
        }
        catch (PostgresException error)
        {
            return error;
        }
        finally
        {
            // A session's lock outlives the transaction and would be held against the next text.
            await RunAsync("rollback; select pg_advisory_unlock_all()");
        }
    }

    private async Task RunWithParametersAsync(string text)
    {
        await using var command = new NpgsqlCommand(text, _connection);
        foreach (var (name, value) in new (string, object)[]
        {
            ("id", 1L), ("take", 5L), ("last", DBNull.Value), ("pattern", "a%"), ("words", "red"), ("ids", new[] { 1L, 2L }), ("days", 3),
        })
        {
            if (text.Contains("@" + name, StringComparison.Ordinal))
            {
                command.Parameters.AddWithValue(name, value);
            }
        }

        await using var reader = await command.ExecuteReaderAsync();
        do
        {
            while (await reader.ReadAsync())
            {
                // Only the server's errors count; a type that Npgsql cannot read is none of them.
            }
        }
        while (await reader.NextResultAsync());
    }

    private async Task RunAsync(string text)
    {
        await using var command = new NpgsqlCommand(text, _connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<bool> AskAsync(string question)
    {
        await using var command = new NpgsqlCommand(question, _connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
