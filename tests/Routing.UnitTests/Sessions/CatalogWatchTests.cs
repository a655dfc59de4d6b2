using System.Data.Common;
using Routing.Configuration;
using Routing.Drivers;
using Routing.Primitives;
using Routing.Providers.PostgreSql;
using Routing.Sessions;
using Routing.Statements;
using Routing.Testing;
using Routing.Topology;

namespace Routing.UnitTests.Sessions;

/// <summary>
/// What is called clean rests on what was read from the catalogs, so it ends when that could not be renewed: when the question
/// fails, when it hangs, when a definition is on its way. On a clock of the test's.
/// </summary>
/// <remarks>
/// Seen to fail without: the timer that forgets (all rows of the first test), the limit of a round (its row whose question
/// hangs never comes back), the look at an answer's age, the suspension while a definition runs.
/// </remarks>
public sealed class CatalogWatchTests
{
    private const string Insert = "insert into t values (1)";

    public enum Fault
    {
        OpenRefused,
        OpenHangs,
        QuestionFails,
        QuestionHangs,
    }

    [Theory]
    [InlineData(Fault.OpenRefused)]
    [InlineData(Fault.OpenHangs)]
    [InlineData(Fault.QuestionFails)]
    [InlineData(Fault.QuestionHangs)]
    public async Task What_could_not_be_renewed_is_clean_for_two_intervals_and_again_once_it_was(Fault fault)
    {
        await using var catalogs = await Setup.KnownAsync();
        catalogs.Break(fault);
        catalogs.Time.Advance(CatalogWatch.Interval * 2 - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Dirt.None, catalogs.DirtOf(Insert));

        catalogs.Time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(Dirt.Unproven, catalogs.DirtOf(Insert));

        catalogs.Mend();
        await catalogs.UntilAsync(() => catalogs.DirtOf(Insert) == Dirt.None);
    }

    [Fact]
    public async Task What_is_renewed_in_time_stays_clean()
    {
        await using var catalogs = await Setup.KnownAsync();
        for (var round = 0; round < 8; round++)
        {
            var asked = catalogs.Reader.Asked;
            catalogs.Time.Advance(TimeSpan.FromSeconds(18));
            await Setup.UntilStillAsync(() => catalogs.Reader.Asked > asked && catalogs.IsIdle);
            Assert.Equal(Dirt.None, catalogs.DirtOf(Insert));
        }
    }

    [Fact]
    public async Task An_answer_that_came_too_late_proves_nothing()
    {
        await using var catalogs = await Setup.KnownAsync();
        var answer = catalogs.Reader.HoldQuestion();
        catalogs.Time.Advance(TimeSpan.FromSeconds(18));
        await Setup.UntilStillAsync(() => answer.IsEntered);
        catalogs.Time.Advance(CatalogWatch.Interval * 2);

        answer.Succeed();

        Assert.Equal(Dirt.Unproven, catalogs.DirtOf(Insert));
        await catalogs.UntilAsync(() => catalogs.DirtOf(Insert) == Dirt.None);
    }

    [Fact]
    public async Task Nothing_is_clean_while_a_definition_runs_nor_until_it_was_read()
    {
        await using var catalogs = await Setup.KnownAsync();
        var during = new List<Dirt>();
        catalogs.Driver.OnStep = step =>
        {
            if (step is "execute" or "commit")
            {
                during.Add(catalogs.DirtOf(Insert));
            }
        };
        await using (var session = catalogs.Routing.OpenSession())
        await using (var transaction = await session.BeginTransactionAsync())
        {
            await transaction.ExecuteAsync("create table u (id int)");
            await transaction.ExecuteAsync(Insert);
            await transaction.CommitAsync();
        }

        await catalogs.Routing.ExecuteAsync("create trigger x after insert on t execute function f()");
        catalogs.Driver.OnStep = static _ => { };

        Assert.True(during.Count >= 4);
        Assert.All(during, static dirt => Assert.Equal(Dirt.Unproven, dirt));
        Assert.Equal(Dirt.Unproven, catalogs.DirtOf(Insert));
        await catalogs.UntilAsync(() => catalogs.DirtOf(Insert) == Dirt.None);
    }

    [Fact]
    public async Task What_was_read_before_a_definition_is_not_taken_after_it()
    {
        await using var catalogs = await Setup.KnownAsync();
        var answer = catalogs.Reader.HoldReading();
        await catalogs.Routing.ExecuteAsync("create table u (id int)");
        await catalogs.UntilAsync(() => catalogs.DirtOf(Insert) == Dirt.Unproven && answer.IsEntered);

        await catalogs.Routing.ExecuteAsync("create trigger x after insert on t execute function f()");
        catalogs.Reader.Trigger = true;
        answer.Succeed();

        Assert.Equal(Dirt.Unproven, catalogs.DirtOf(Insert));
        await catalogs.UntilAsync(() => catalogs.DirtOf(Insert) == Dirt.Unproven && catalogs.IsKnown);
        Assert.Equal(Dirt.Unproven, catalogs.DirtOf(Insert));
    }

    [Fact]
    public async Task What_another_client_defines_is_known_after_the_interval()
    {
        await using var catalogs = await Setup.KnownAsync();
        catalogs.Reader.Trigger = true;
        catalogs.Time.Advance(CatalogWatch.Interval * 0.79);
        Assert.Equal(Dirt.None, catalogs.DirtOf(Insert));

        catalogs.Time.Advance(CatalogWatch.Interval * 0.42);
        await Setup.UntilStillAsync(() => catalogs.DirtOf(Insert) == Dirt.Unproven);
    }

    private sealed class Setup : IAsyncDisposable
    {
        private Setup()
        {
            var options = new DataSourceOptions { Provider = "Fake" };
            options.Nodes["a"] = new NodeOptions { Role = ConfiguredRole.Primary, Resolved = "fake" };
            var factory = new DataSourceFactory([new CatalogEngine(Driver, Reader)], Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, monitors: null);
            Routing = new RoutingDatabase(factory.Create("fake", options));
        }

        public ManualTimeProvider Time { get; } = new();

        public FakeDriver Driver { get; } = new();

        public ScriptedCatalogs Reader { get; } = new();

        public RoutingDatabase Routing { get; }

        public bool IsKnown => Routing.Source.Catalogs!.IsSettled;

        public bool IsIdle => Routing.Source.Catalogs!.IsIdle;

        public static async Task<Setup> KnownAsync()
        {
            var setup = new Setup();
            await setup.Routing.Source.Start.RunAsync(async: true, CancellationToken.None);

            // The clock stands, so that the age of what is known is zero.
            await UntilStillAsync(() => setup.DirtOf(Insert) == Dirt.None && setup.IsIdle);
            return setup;
        }

        public Dirt DirtOf(string text)
        {
            var source = Routing.Source;
            return source.Proof.DirtOf(source.Statements.Get(text), source.Topology.Current.Nodes.First());
        }

        public void Break(Fault fault)
        {
            Driver.DefaultOpen = fault == Fault.OpenRefused ? FakeSteps.Refuse : fault == Fault.OpenHangs ? FakeSteps.Hang : FakeSteps.Succeed;
            Reader.Question = fault == Fault.QuestionFails ? FakeSteps.Fail(new FakeDbException("no answer")) : fault == Fault.QuestionHangs ? FakeSteps.Hang : FakeSteps.Succeed;
        }

        public void Mend()
        {
            Driver.DefaultOpen = FakeSteps.Succeed;
            Reader.Question = FakeSteps.Succeed;
        }

        /// <summary>Lets the clock run: questions come no more often than once a second.</summary>
        public Task UntilAsync(Func<bool> holds) => UntilStillAsync(() =>
        {
            if (holds())
            {
                return true;
            }

            Time.Advance(TimeSpan.FromMilliseconds(100));
            return false;
        });

        /// <summary>Lets other threads run, the clock stands.</summary>
        public static async Task UntilStillAsync(Func<bool> holds)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!holds())
            {
                patience.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public ValueTask DisposeAsync() => Routing.Source.DisposeAsync();
    }

    /// <summary>A catalog of the table t, on which another client may have made a trigger.</summary>
    private sealed class ScriptedCatalogs : ICatalogReader
    {
        private FakeGate? _held;
        private FakeGate? _heldReading;
        private int _asked;

        public FakeStep Question { get; set; } = FakeSteps.Succeed;

        public bool Trigger { get; set; }

        public int Asked => Volatile.Read(ref _asked);

        public FakeGate HoldQuestion() => _held = new FakeGate();

        public FakeGate HoldReading() => _heldReading = new FakeGate();

        public async ValueTask<string> FingerprintAsync(DbConnection connection, CancellationToken cancellationToken)
        {
            // What it answers is how things were when it was asked.
            var answer = Trigger ? "with the trigger" : "without it";
            Interlocked.Increment(ref _asked);
            var step = Interlocked.Exchange(ref _held, null)?.Step ?? Question;
            await step(async: true, cancellationToken);
            return answer;
        }

        public async ValueTask<(Catalog Catalog, string Fingerprint)> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
        {
            var builder = new CatalogBuilder(PostgreSqlSyntax.Classifier);
            builder.AddRelation("t", "public", "t");
            if (Trigger)
            {
                builder.Distrust("t", CatalogUse.Write);
            }

            var answer = (builder.Build(), Trigger ? "with the trigger" : "without it");
            if (Interlocked.Exchange(ref _heldReading, null) is { } held)
            {
                await held.Step(async: true, cancellationToken);
            }

            return answer;
        }
    }

    private sealed class CatalogEngine(FakeDriver driver, ICatalogReader reader) : Engine
    {
        public override string Name => "Fake";

        public override IStatementClassifier Classifier => PostgreSqlSyntax.Classifier;

        public override ICatalogReader Catalogs => reader;

        public override ConnectionStringRules ConnectionStrings => throw new NotSupportedException("A fake has no connection strings.");

        public override Dialect Dialect => Routing.Providers.Sqlite.SqliteDialect.Instance;

        public override DbProviderFactory NativeFactory => Microsoft.Data.Sqlite.SqliteFactory.Instance;

        public override IDriver CreateDriver(DriverContext node) => driver;
    }
}
