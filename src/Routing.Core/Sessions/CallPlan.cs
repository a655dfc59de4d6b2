using System.Data;
using Routing.Configuration;
using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Statements;

namespace Routing.Sessions;

/// <summary>Text + options → <see cref="Call"/>: what the statement is, and so where it may go. Pure but for the statement cache.</summary>
internal static class CallPlan
{
    public static Call Of(DataSourceRuntime source, string text, object? arguments, StatementOptions? options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        // A text that nobody shares with us cannot be looked up by its reference, so the statement's own instance goes on.
        var statement = options is { CommandType: not CommandType.Text } ? Procedure(text) : source.Statements.Get(text);
        var intent = options?.Intent ?? IntentOf(statement);
        var timeout = options?.Timeout ?? source.Options.Timeouts.Command;
        var command = new MapperCommand(statement.Text, arguments, options?.CommandType ?? CommandType.Text, WholeSeconds(timeout));
        return new Call(statement, command, intent, options?.Intent is not null, options?.Consistency ?? source.Routes.Options.Consistency)
        {
            Priority = options?.Priority,
        };
    }

    public static Call OfCommand(DataSourceRuntime source, string text, CommandType type, Intent? intent)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw CodedErrors.InvalidOperation(ErrorCodes.NothingToRun, "The command has no text. Set 'CommandText'.");
        }

        var statement = type == CommandType.Text ? source.Statements.Get(text) : Procedure(text);
        return new Call(statement, default, intent ?? IntentOf(statement), intent is not null, source.Routes.Options.Consistency);
    }

    /// <summary>Several texts as one call, which is to its session and its node what one text of them all would be.</summary>
    public static Call OfBatch(DataSourceRuntime source, IEnumerable<(string Text, CommandType Type)> commands, Intent? intent)
    {
        Statement? first = null;
        var whole = default(Verdict);
        var count = 0;
        List<Statement> statements = [];
        foreach (var (text, type) in commands)
        {
            var next = OfCommand(source, text, type, intent).Statement;
            if (first is null)
            {
                first = next;
                whole = Verdict.Of(next);
            }
            else
            {
                whole.Append(Verdict.Of(next));
            }

            count += next.StatementCount;
            statements.Add(next);
        }

        var statement = first is null
            ? throw CodedErrors.InvalidOperation(ErrorCodes.NothingToRun, "The batch has no commands. Add one to 'BatchCommands'.")
            : whole.ToStatement(TextOfBatch(statements), SummaryOfBatch(statements), count) with { Parts = statements };
        return new Call(statement, default, intent ?? IntentOf(statement), intent is not null, source.Routes.Options.Consistency) { BatchSize = statements.Count };
    }

    /// <summary>As OpenTelemetry names batches: a single statement is none.</summary>
    public static string SummaryOfBatch(IReadOnlyList<Statement> statements)
    {
        var summary = statements[0].Summary;
        return statements.Count == 1 ? summary
            : statements.All(statement => statement.Summary == summary) ? "BATCH " + summary
            : "BATCH";
    }

    public static string TextOfBatch(IReadOnlyList<Statement> statements)
    {
        var text = statements[0].Text;
        return statements.All(statement => statement.Text == text) ? text : string.Join("; ", statements.Select(static statement => statement.Text));
    }

    /// <summary>Refuses what a connection that is given back after the statement would lose or could not know.</summary>
    public static void RefuseSessionState(Statement statement, bool oneShot)
    {
        switch (statement.Effect)
        {
            case SessionEffect.ReadsConnectionState:
                throw CodedErrors.InvalidOperation(
                    ErrorCodes.ConnectionStateGone,
                    $"'{statement.Summary}' reads what the statement before it left on the connection, but that connection was given back. Ways out: RETURNING in the statement itself, one transaction around both, or 'await using var pin = await session.PinAsync()'.");
            case SessionEffect.SetsSessionState when oneShot:
                throw CodedErrors.InvalidOperation(
                    ErrorCodes.SessionStateInOneShot,
                    $"'{statement.Summary}' sets session state, which a one-shot call would lose: its connection is reset and given back after the statement. Open a session ('OpenSession()'), which keeps its connection from then on, or set it for one transaction only.");
            case SessionEffect.ControlsTransaction when oneShot:
                throw CodedErrors.InvalidOperation(
                    ErrorCodes.TransactionInOneShot,
                    $"'{statement.Summary}' controls a transaction, but a one-shot call has a connection for one statement only. Use 'TransactAsync', or 'BeginTransactionAsync' on a session.");
            default:
                return;
        }
    }

    /// <summary>An ambient transaction would be ignored, and an insert kept although the scope was abandoned: refused instead.</summary>
    public static void RefuseAmbientTransaction()
    {
        if (System.Transactions.Transaction.Current is not null)
        {
            throw CodedErrors.InvalidOperation(
                ErrorCodes.AmbientTransaction,
                "A System.Transactions scope is around this call, and routed calls do not join it: what they write would stay although the scope is abandoned. Use 'TransactAsync', or suppress the scope ('TransactionScopeOption.Suppress') around the call.");
        }
    }

    private static Intent IntentOf(Statement statement) => statement.Class == StatementClass.Read ? Intent.Read : Intent.Write;

    // Commands count in whole seconds, as ADO.NET does; rounding down could turn half a second into "no limit".
    private static int WholeSeconds(TimeSpan timeout) => (int)((timeout.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond);

    private static Statement Procedure(string name) =>
        new(name, StatementClass.Unknown, SessionEffect.Unknown, TransactionVerb.None, "CALL " + name, 1, "a stored procedure may do anything");
}
