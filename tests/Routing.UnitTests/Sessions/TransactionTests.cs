using System.Data;
using Routing.Drivers;
using Routing.Pools;
using Routing.Testing;

namespace Routing.UnitTests.Sessions;

/// <summary>Transactions: what they do when something fails, what runs after them, and what is run again.</summary>
public sealed class TransactionTests
{
    [Fact]
    public async Task Effects_run_in_the_order_they_were_asked_for_across_nesting()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        var ran = new List<string>();
        await using var transaction = await session.BeginTransactionAsync();
        Note(transaction, ran, "first");
        await using (var nested = await session.BeginTransactionAsync())
        {
            Note(nested, ran, "second");
            await nested.CommitAsync();
        }

        Note(transaction, ran, "third");
        Assert.Empty(ran);
        await transaction.CommitAsync();
        Assert.Equal(["first", "second", "third"], ran);
    }

    [Fact]
    public async Task Effects_of_a_nested_transaction_go_when_it_or_one_around_it_is_rolled_back()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        var ran = new List<string>();
        await using var transaction = await session.BeginTransactionAsync();
        Note(transaction, ran, "kept");
        await using (var nested = await session.BeginTransactionAsync())
        {
            await using (var inner = await session.BeginTransactionAsync())
            {
                Note(inner, ran, "of the inner");
                await inner.CommitAsync();
            }

            Note(nested, ran, "of the nested");
        }

        await transaction.CommitAsync();
        Assert.Equal(["kept"], ran);
    }

    [Fact]
    public async Task Effects_of_one_transaction_do_not_run_again_after_the_next_on_the_same_connection()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var pin = await session.PinAsync();
        var ran = new List<string>();
        foreach (var commits in new[] { true, false, true })
        {
            await using var transaction = await session.BeginTransactionAsync();
            await using var nested = await session.BeginTransactionAsync();
            Note(nested, ran, commits ? "committed" : "rolled back");
            await nested.CommitAsync();
            await (commits ? transaction.CommitAsync().AsTask() : transaction.RollbackAsync().AsTask());
        }

        Assert.Equal(["committed", "committed"], ran);
    }

    [Fact]
    public async Task A_blocking_commit_refuses_effects_before_it_sends_anything()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        Note(transaction, [], "never");
        var error = Assert.Throws<InvalidOperationException>(transaction.Commit);
        Assert.Equal("The transaction has effects of 'OnCommitted', which are asynchronous, so it was not committed. Commit it by 'CommitAsync'. [RTG0410]", error.Message);
        Assert.DoesNotContain("commit", routing.Steps);
    }

    [Fact]
    public async Task An_effect_that_throws_does_not_rerun_what_is_committed_and_keeps_no_other_effect_from_running()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        var attempts = 0;
        var ran = new List<string>();
        var error = await Assert.ThrowsAsync<FakeDbException>(() => routing.Database.TransactAsync((tx, _) =>
        {
            attempts++;
            tx.OnCommitted(static _ => throw new FakeDbException("effect", ErrorClass.RolledBack));
            Note(tx, ran, "after");
            return Task.CompletedTask;
        }));
        Assert.Equal("effect", error.Message);
        Assert.Equal(1, attempts);
        Assert.Equal(["after"], ran);
    }

    [Fact]
    public async Task What_failed_in_the_transaction_itself_is_rerun_also_when_the_delegate_wraps_it()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        routing.FailAt(3, Fault.RolledBack);
        var attempts = 0;
        await routing.Database.TransactAsync(async (tx, ct) =>
        {
            attempts++;
            try
            {
                await tx.ExecuteAsync("update t set x = 1", ct);
            }
            catch (FakeDbException error)
            {
                throw new ArgumentException("the repository's own", error);
            }
        });
        Assert.Equal("execute", routing.Failed);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task What_failed_on_another_connection_is_not_rerun()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var other = new FaultyRouting(Nodes.PrimaryAlone);
        await other.StartAsync();
        other.FailAt(2, Fault.RolledBack);
        var attempts = 0;
        var error = await Assert.ThrowsAsync<FakeDbException>(() => routing.Database.TransactAsync(async (tx, ct) =>
        {
            attempts++;
            await tx.ExecuteAsync("update t set x = 1", ct);
            await other.Database.ExecuteAsync("update t set x = 1", ct);
        }));
        Assert.Equal("rolled back at execute", error.Message);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_token_that_ended_the_delegate_is_not_rerun()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        using var source = new CancellationTokenSource();
        var attempts = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => routing.Database.TransactAsync(
            async (_, ct) =>
            {
                attempts++;
                await source.CancelAsync();
                ct.ThrowIfCancellationRequested();
            },
            ct: source.Token));
        Assert.Equal(1, attempts);
        routing.AssertAtRest("the cancel");
    }

    [Fact]
    public async Task Reruns_end_after_MaxAttempts_with_the_error_itself()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        routing.Primary.Answer = static _ => throw new FakeDbException("deadlock", ErrorClass.RolledBack);
        var attempts = new List<int>();
        var error = await Assert.ThrowsAsync<FakeDbException>(() => routing.Database.TransactAsync(
            async (tx, ct) =>
            {
                attempts.Add(tx.Attempt);
                await tx.ExecuteAsync("update t set x = 1", ct);
            },
            new TransactionOptions { MaxAttempts = 3 }));
        Assert.Equal("deadlock", error.Message);
        Assert.Equal([1, 2, 3], attempts);
    }

    [Fact]
    public async Task A_delegate_that_ends_its_transaction_itself_decides_the_outcome()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        var committed = await routing.Database.TransactAsync(static async (tx, ct) => await tx.CommitAsync(ct));
        var ran = new List<string>();
        var aborted = await routing.Database.TransactAsync(async (tx, ct) =>
        {
            Note(tx, ran, "never");
            await tx.RollbackAsync(ct);
        });
        Assert.Empty(ran);
        Assert.Equal(CommitOutcome.Committed, committed.Outcome);
        Assert.Equal(CommitOutcome.Aborted, aborted.Outcome);
    }

    [Fact]
    public async Task The_owner_of_a_delegate_does_not_leak_out_of_it()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.Database.TransactAsync(static async (_, _) =>
        {
            Assert.NotNull(LeaseOwner.Current);
            await Task.Yield();
        });
        Assert.Null(LeaseOwner.Current);
    }

    [Fact]
    public async Task After_a_failed_statement_the_server_is_asked_before_COMMIT_is_believed()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        routing.Primary.Answer = static _ => throw new FakeDbException("constraint", ErrorClass.Statement);
        await Assert.ThrowsAsync<FakeDbException>(async () => await transaction.ExecuteAsync("update t set x = 1"));
        routing.Primary.OnEnsureCommittable = static () => throw new FakeDbException("current transaction is aborted", ErrorClass.Statement);
        var error = await Assert.ThrowsAsync<FakeDbException>(async () => await transaction.CommitAsync());
        Assert.Equal("current transaction is aborted", error.Message);
        Assert.DoesNotContain("commit", routing.Steps);
        routing.AssertAtRest("the refusal");
    }

    [Fact]
    public async Task A_delegate_that_swallowed_a_failure_for_which_its_transaction_was_rolled_back_is_rerun()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await routing.StartAsync();
        routing.FailAt(3, Fault.RolledBack);
        routing.Primary.OnEnsureCommittable = static () => throw new FakeDbException("current transaction is aborted", ErrorClass.Statement);
        var attempts = 0;
        var commit = await routing.Database.TransactAsync(async (tx, ct) =>
        {
            attempts++;
            await Record.ExceptionAsync(async () => await tx.ExecuteAsync("update t set x = 1", ct));
        });
        Assert.Equal(CommitOutcome.Committed, commit.Outcome);
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task A_delegate_that_swallowed_the_loss_of_its_connection_is_rerun_and_one_that_rolled_back_is_not()
    {
        foreach (var rollsBack in new[] { false, true })
        {
            await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
            await routing.StartAsync();
            routing.FailAt(3, Fault.ConnectionLost);
            var attempts = 0;
            var commit = await routing.Database.TransactAsync(async (tx, ct) =>
            {
                attempts++;
                if (await Record.ExceptionAsync(async () => await tx.ExecuteAsync("update t set x = 1", ct)) is not null && rollsBack)
                {
                    await tx.RollbackAsync(ct);
                }
            });
            Assert.Equal(rollsBack ? CommitOutcome.Aborted : CommitOutcome.Committed, commit.Outcome);
            Assert.Equal(rollsBack ? 1 : 2, attempts);
        }
    }

    [Fact]
    public async Task A_transaction_that_survived_its_failed_statement_commits()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        var answer = routing.Primary.Answer;
        routing.Primary.Answer = static _ => throw new FakeDbException("constraint", ErrorClass.Statement);
        await Assert.ThrowsAsync<FakeDbException>(async () => await transaction.ExecuteAsync("update t set x = 1"));
        routing.Primary.Answer = answer;
        Assert.Equal(CommitOutcome.Committed, (await transaction.CommitAsync()).Outcome);
    }

    [Fact]
    public async Task A_nested_transaction_that_cannot_be_undone_takes_the_whole_with_it()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await using var nested = await session.BeginTransactionAsync();
        FailStep(routing, "rollback to");
        await Assert.ThrowsAsync<FakeDbException>(async () => await nested.RollbackAsync());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync());
        Assert.Equal("The transaction has ended (RolledBack): nothing more can run in it. Begin a new one. [RTG0403]", error.Message);
    }

    [Fact]
    public async Task A_nested_commit_that_failed_is_undone()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await using var nested = await session.BeginTransactionAsync();
        FailStep(routing, "release");
        await Assert.ThrowsAsync<FakeDbException>(async () => await nested.CommitAsync());
        Assert.Contains("rollback to", routing.Steps);
    }

    [Theory]
    [InlineData(IsolationLevel.Serializable, false)]
    [InlineData(IsolationLevel.Unspecified, true)]
    public async Task A_nested_transaction_cannot_have_an_isolation_or_a_protection_of_its_own(IsolationLevel isolation, bool readOnly)
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await session.BeginTransactionAsync(new TransactionOptions { Isolation = isolation, ReadOnly = readOnly }));
        Assert.Equal(
            "A nested transaction is a savepoint: its isolation and whether it may write are those of the transaction around it. Drop 'Isolation' and 'ReadOnly' from its options, or set them on the outer one. [RTG0405]",
            error.Message);
    }

    [Theory]
    [InlineData(Fault.ConnectionLost, true)]
    [InlineData(Fault.Cancelled, true)]
    [InlineData(Fault.NotExecuted, true)]
    [InlineData(Fault.Foreign, true)]
    [InlineData(Fault.Statement, false)]
    [InlineData(Fault.RolledBack, false)]
    public async Task The_outcome_of_a_commit_is_unknown_unless_the_server_answered_it(Fault fault, bool isUnknown)
    {
        foreach (var ado in new[] { false, true })
        {
            await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
            await routing.StartAsync();
            routing.FailAt(4, fault);
            var error = await Record.ExceptionAsync(() => CommitAsync(routing.Database, ado));
            Assert.Equal("commit", routing.Failed);
            Assert.Equal(isUnknown, error is CommitOutcomeUnknownException);
            if (isUnknown)
            {
                Assert.Equal(
                    "The connection to 'fake/a' was lost between COMMIT and its answer: the transaction is applied whole or not at all. A retry is not safe unless the work is idempotent; ask the data which it was. [RTG0402]",
                    error!.Message);
                Assert.Equal(1, routing.Primary.Connections[^1].Closes);
            }

            routing.AssertAtRest(fault.ToString());
        }
    }

    [Fact]
    public async Task A_commit_that_was_answered_is_not_reported_as_failed_because_its_object_cannot_be_disposed()
    {
        await using var routing = new FaultyRouting(Nodes.PrimaryAlone);
        await using var session = routing.Database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        FailStep(routing, "dispose transaction");
        Assert.Equal(CommitOutcome.Committed, (await transaction.CommitAsync()).Outcome);
        routing.AssertAtRest("the commit");
    }

    private static async Task CommitAsync(IRoutingDatabase database, bool ado)
    {
        if (ado)
        {
            await using var connection = await database.DataSource.OpenConnectionAsync();
            await using var own = await connection.BeginTransactionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "update t set x = 1";
            await command.ExecuteNonQueryAsync();
            await own.CommitAsync();
            return;
        }

        await using var session = database.OpenSession();
        await using var transaction = await session.BeginTransactionAsync();
        await transaction.ExecuteAsync("update t set x = 1");
        await transaction.CommitAsync();
    }

    private static void Note(SessionTransaction transaction, List<string> ran, string name) => transaction.OnCommitted(_ =>
    {
        ran.Add(name);
        return ValueTask.CompletedTask;
    });

    private static void FailStep(FaultyRouting routing, string name)
    {
        var before = routing.Primary.OnStep;
        routing.Primary.OnStep = step =>
        {
            before(step);
            if (step == name)
            {
                throw new FakeDbException("scripted", ErrorClass.Statement);
            }
        };
    }
}
