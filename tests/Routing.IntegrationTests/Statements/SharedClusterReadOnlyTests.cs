using Routing.Testing;
using Xunit.Abstractions;

namespace Routing.IntegrationTests.Statements;

public sealed class SharedClusterReadOnlyTests(ITestOutputHelper output) : PostgreSqlReadOnlyTests(output)
{
    private PostgreSqlDatabase _database = null!;

    protected override string ConnectionString => _database.Primary;

    public override async Task InitializeAsync()
    {
        _database = await PostgreSqlDatabase.CreateAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _database.DisposeAsync();
    }
}
