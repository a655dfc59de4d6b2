using Routing.Mappers;
using Routing.Statements;
using Routing.Topology;

namespace Routing.Sessions;

/// <summary>
/// Runs a <see cref="StatementBatch"/>: one statement after the other. Inside a transaction begun by SQL text all or none is
/// the caller's business.
/// </summary>
internal sealed class BatchRun(StatementBatch batch) : AllOrNone<int>
{
    protected override string Tag => "batch";

    protected override int BatchSize => batch.Count;

    protected override bool JoinsTextTransactions => true;

    protected override Call AsOneCall(DataSourceRuntime source)
    {
        List<Statement> statements = [.. batch.Statements.Select(statement => source.Statements.Get(statement.Text))];
        var whole = new Statement(
            CallPlan.TextOfBatch(statements), StatementClass.Unknown, SessionEffect.Unknown, TransactionVerb.None, CallPlan.SummaryOfBatch(statements), statements.Count, "a batch");
        return new Call(whole, default, Intent.Write, IsExplicit: false, default);
    }

    protected override async ValueTask<int> SendAsync(Session session, bool async, CancellationToken ct)
    {
        var affected = 0;
        foreach (var (text, arguments) in batch.Statements)
        {
            affected += Math.Max(0, await session.RunAsync(text, arguments, options: null, MapperOperations.Execute, async, ct).ConfigureAwait(false));
        }

        return affected;
    }

    protected override int RowsOf(int result) => result;
}
