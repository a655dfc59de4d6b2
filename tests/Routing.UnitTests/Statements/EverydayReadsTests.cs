using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Statements;
using Routing.Testing.Statements;

namespace Routing.UnitTests.Statements;

public sealed class EverydayReadsTests
{
    public static TheoryData<string> Engines => ["postgresql", "sqlite"];

    [Theory]
    [MemberData(nameof(Engines))]
    public void At_least_99_percent_of_the_everyday_reads_are_classified_read_and_neutral(string engine)
    {
        var reads = StatementCorpus.Reads(engine);
        var missed = reads
            .Select(read => Classifier(engine).Classify(read))
            .Where(statement => statement is not { Class: StatementClass.Read, Effect: SessionEffect.Neutral })
            .Select(statement => $"{statement.Reason}: {statement.Text}")
            .ToList();

        Assert.True(missed.Count * 100 <= reads.Count, $"{missed.Count} of {reads.Count}:\n{string.Join('\n', missed)}");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Corpus_holds_at_least_500_different_reads(string engine)
    {
        var reads = StatementCorpus.Reads(engine);

        Assert.True(reads.Count >= 500, $"{reads.Count}");
        Assert.Equal(reads.Count, reads.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Summaries_of_the_corpus_hold_no_literals_and_are_few(string engine)
    {
        var summaries = StatementCorpus.Reads(engine).Select(read => Classifier(engine).Classify(read).Summary).ToHashSet();

        Assert.All(summaries, summary => Assert.Matches("^[A-Z]+( [A-Za-z_.]+)?$", summary));
        Assert.True(summaries.Count < 60, string.Join(", ", summaries));
    }

    private static SqlClassifier Classifier(string engine) =>
        engine == "sqlite" ? SqliteSyntax.Classifier : PostgreSqlSyntax.Classifier;
}
