using Routing.Testing.Tds;
using Routing.Testing.Tds.Tsql;

namespace Routing.UnitTests.Testing;

/// <summary>An attention ends the request that was read last, whichever of the two threads of a session is ahead.</summary>
public sealed class TdsAttentionTests : IDisposable
{
    private readonly TsqlEngine _engine = new();
    private readonly ITdsEngineSession _session;
    private readonly TdsAttention _attention = new();

    public TdsAttentionTests() => _session = _engine.Open(new TdsLogin("", "", "", "", "", 4096, 0, IsReadOnlyIntent: false));

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _engine.Dispose();
    }

    /// <summary>Answered behind its request, it left a client waiting for the end of what it had cancelled. Fails when it counts only what runs.</summary>
    [Fact]
    public void One_that_outruns_the_start_of_its_request_keeps_it_from_running()
    {
        _attention.Asked();
        Assert.True(_attention.Come(_session));
        Assert.False(_attention.Begin());
        Assert.True(_attention.End());
    }

    [Fact]
    public void One_for_what_runs_interrupts_it()
    {
        _attention.Asked();
        Assert.True(_attention.Begin());
        Assert.True(_attention.Come(_session));
        Assert.Throws<OperationCanceledException>(() => _session.Run("select 1", [], answer: null!));
        Assert.True(_attention.HasCome);
        Assert.True(_attention.End());
    }

    [Fact]
    public void One_that_comes_behind_the_answer_gets_an_answer_of_its_own()
    {
        _attention.Asked();
        Assert.True(_attention.Begin());
        Assert.False(_attention.End());
        Assert.False(_attention.Come(_session));
    }

    [Fact]
    public void One_for_the_request_before_does_not_end_the_next()
    {
        _attention.Asked();
        _attention.Come(_session);
        _attention.End();
        _attention.Asked();
        Assert.False(_attention.HasCome);
        Assert.True(_attention.Begin());
        Assert.False(_attention.End());
    }
}
