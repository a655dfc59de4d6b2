namespace Routing.ConformanceTests;

/// <summary>
/// What every engine must do alike: an abstract class of tests, subclassed once per engine in the engine's folder. After
/// each test everything that was rented has come back.
/// </summary>
public abstract class ConformanceSuite(ConformanceDatabase database) : IAsyncLifetime
{
    /// <summary>The engine under test and what its SQL looks like.</summary>
    protected ConformanceDatabase Database { get; } = database;

    /// <summary>The data source that the class shares.</summary>
    protected IRoutingDatabase Db => Database.Host.Database;

    /// <inheritdoc/>
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task DisposeAsync() => Leases.AllReturnedAsync(Db);

    /// <summary>Asks something a few times.</summary>
    /// <param name="runner">Whom.</param>
    protected static async Task StillWorksAsync(ISqlRunner runner)
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal([i], await runner.QueryAsync<int>($"select {i}"));
        }
    }
}
