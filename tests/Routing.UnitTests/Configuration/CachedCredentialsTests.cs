using Routing.Configuration;
using Routing.Testing;

namespace Routing.UnitTests.Configuration;

public class CachedCredentialsTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeProvider _provider = new();
    private readonly CachedCredentials _cached;

    public CachedCredentialsTests() => _cached = new CachedCredentials(_provider, _time, "orders", "a");

    [Fact]
    public async Task Credentials_are_kept_until_they_expire()
    {
        _provider.Answer(new NodeCredentials("app", "1", _time.GetUtcNow().AddMinutes(15)));
        var first = await _cached.GetAsync(default);

        _time.Advance(TimeSpan.FromMinutes(14.9));
        var second = _cached.GetAsync(default);
        Assert.True(second.IsCompleted);
        Assert.Same(first, await second);

        _time.Advance(TimeSpan.FromMinutes(0.1));
        _provider.Answer(new NodeCredentials("app", "2"));
        Assert.Equal("2", (await _cached.GetAsync(default)).Password);
        Assert.Equal(["orders/a", "orders/a"], _provider.Calls);
    }

    [Fact]
    public async Task Credentials_without_an_end_are_kept()
    {
        _provider.Answer(new NodeCredentials("app", "1"));
        await _cached.GetAsync(default);
        _time.Advance(TimeSpan.FromDays(1000));

        Assert.Equal("1", (await _cached.GetAsync(default)).Password);
    }

    [Fact]
    public async Task Concurrent_callers_share_one_call()
    {
        var callers = Enumerable.Range(0, 10).Select(_ => _cached.GetAsync(default).AsTask()).ToList();
        _provider.Answer(new NodeCredentials("app", "1"));

        Assert.All(await Task.WhenAll(callers), static c => Assert.Equal("1", c.Password));
        Assert.Single(_provider.Calls);
    }

    [Fact]
    public async Task Refused_credentials_are_dropped_once_and_newer_ones_stay()
    {
        _provider.Answer(new NodeCredentials("app", "1"));
        var refused = await _cached.GetAsync(default);
        _cached.Invalidate(refused);
        _provider.Answer(new NodeCredentials("app", "2"));
        var newer = await _cached.GetAsync(default);

        // A second open that failed with the old ones must not drop what the first one fetched.
        _cached.Invalidate(refused);

        Assert.Same(newer, await _cached.GetAsync(default));
        Assert.Equal(2, _provider.Calls.Count);
    }

    [Fact]
    public async Task A_failure_reaches_everybody_and_is_not_kept()
    {
        var first = _cached.GetAsync(default).AsTask();
        var second = _cached.GetAsync(default).AsTask();
        _provider.Fail(new IOException("no token"));
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second);

        _provider.Answer(new NodeCredentials("app", "1"));
        Assert.Equal("1", (await _cached.GetAsync(default)).Password);
    }

    [Fact]
    public async Task One_caller_giving_up_leaves_the_call_to_the_others()
    {
        using var cancel = new CancellationTokenSource();
        var first = _cached.GetAsync(cancel.Token).AsTask();
        var second = _cached.GetAsync(default).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        _provider.Answer(new NodeCredentials("app", "1"));
        Assert.Equal("1", (await second).Password);
        Assert.Single(_provider.Calls);
    }

    [Fact]
    public async Task The_call_is_cancelled_when_the_last_caller_gives_up_and_the_next_starts_anew()
    {
        using var cancel = new CancellationTokenSource();
        var only = _cached.GetAsync(cancel.Token).AsTask();
        await _provider.Called;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        await _provider.Cancelled;

        _provider.Answer(new NodeCredentials("app", "1"));
        Assert.Equal("1", (await _cached.GetAsync(default)).Password);
    }

    [Fact]
    public async Task The_call_does_not_see_its_first_callers_context()
    {
        var ambient = new AsyncLocal<string?> { Value = "transaction" };
        string? seen = "not called";
        _provider.OnCall = () => seen = ambient.Value;
        _provider.Answer(new NodeCredentials("app", "1"));

        await _cached.GetAsync(default);

        Assert.Null(seen);
        Assert.Equal("transaction", ambient.Value);
    }

    private sealed class FakeProvider : ICredentialProvider
    {
        private readonly Lock _lock = new();
        private readonly List<string> _calls = [];
        private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource<NodeCredentials> _answer = New();

        public Action? OnCall { get; set; }

        public Task Called => _called.Task;

        public Task Cancelled => _cancelled.Task;

        public IReadOnlyList<string> Calls
        {
            get
            {
                lock (_lock)
                {
                    return [.. _calls];
                }
            }
        }

        /// <summary>Answers the calls that wait, and those to come until the next <see cref="Answer"/>.</summary>
        public void Answer(NodeCredentials credentials) => Settle(static (source, c) => source.TrySetResult(c!), credentials);

        /// <summary>Fails the calls that wait or the next one.</summary>
        public void Fail(Exception error) => Settle((source, _) => source.TrySetException(error), null);

        public async ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken)
        {
            Task<NodeCredentials> answer;
            lock (_lock)
            {
                _calls.Add(dataSource + "/" + node);
                answer = _answer.Task;
            }

            OnCall?.Invoke();
            _called.TrySetResult();
            try
            {
                return await answer.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _cancelled.TrySetResult();
                throw;
            }
        }

        private static TaskCompletionSource<NodeCredentials> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private void Settle(Func<TaskCompletionSource<NodeCredentials>, NodeCredentials?, bool> settle, NodeCredentials? credentials)
        {
            lock (_lock)
            {
                if (!settle(_answer, credentials))
                {
                    _answer = New();
                    settle(_answer, credentials);
                }
            }
        }
    }
}
