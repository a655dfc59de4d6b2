using Microsoft.Data.SqlClient;
using Routing.Configuration;
using Routing.Providers.SqlServer;

namespace Routing.UnitTests.Configuration;

public sealed class SqlServerConnectionStringsTests
{
    private readonly ConnectionStringRules _rules = SqlServerConnectionStrings.Rules;

    [Theory]
    [InlineData("Data Source=db;Initial Catalog=orders;User ID=app;Password=hunter2;Encrypt=Strict")]
    [InlineData("Server=tcp:db,1444;Database=orders;UID=app;PWD=hunter2;TrustServerCertificate=true;App=shop")]
    [InlineData("Server=listener,1433;MultiSubnetFailover=true;ApplicationIntent=ReadOnly;Integrated Security=true")]
    [InlineData("Server=db;Pooling=true;Max Pool Size=50;Connection Timeout=3;Command Timeout=9")]
    [InlineData("Server=db;Enlist=false;MultipleActiveResultSets=false")]
    [InlineData("Server=db;Password='a;b=c'")]
    public void Usable_connection_strings_pass(string connectionString) => Assert.Empty(_rules.Validate(connectionString));

    [Theory]
    [InlineData("Database=orders", "\"Data Source\" is not set; it names the server.")]
    [InlineData("Server=a;Enlist=true", "\"Enlist\" is refused; Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay).")]
    [InlineData("Server=a;MARS=true", "unknown key \"mars\"; allowed are Microsoft.Data.SqlClient's keys.")]
    [InlineData("Server=a;MultipleActiveResultSets=true", "\"Multiple Active Result Sets\" is refused; a connection runs one command at a time; a session opens a second lease for what runs beside its stream (false may stay).")]
    [InlineData("Server=a;Failover Partner=b", "\"Failover Partner\" is refused; each server has its own entry under Nodes.")]
    [InlineData(@"Server=a\x;MultiSubnetFailover=true", "\"Multi Subnet Failover\" does not go with a named instance in \"Data Source\"; allowed is a listener's name with its port.")]
    [InlineData("Server=a;ApplicationIntent=hunter2", "\"Application Intent\" has a value that Microsoft.Data.SqlClient does not read; allowed is one of ReadWrite, ReadOnly.")]
    public void What_cannot_be_used_is_named(string connectionString, string expected) => Assert.Equal([expected], _rules.Validate(connectionString));

    [Theory]
    [InlineData("Server=a;User ID=app;Password=hunter2", "Data Source=a;User ID=app")]
    [InlineData("Server=a;PWD=hunter2;Pasword=hunter2", "Data Source=a")]
    public void Redacting_leaves_no_secret(string connectionString, string expected) =>
        Assert.Equal(expected, _rules.Redact(connectionString), ignoreCase: true);

    [Fact]
    public void Keys_that_Routing_overrides_are_found_in_any_spelling() => Assert.Equal(
        ["Pooling", "Max Pool Size", "Connect Timeout"],
        _rules.FindOverridden("Server=a;pooling=true;MaxPoolSize=5;Timeout=9").Select(static row => row.Key));

    [Fact]
    public void Every_row_is_a_key_of_the_driver() =>
        Assert.All(_rules.Keys, row => Assert.True(new SqlConnectionStringBuilder().ContainsKey(row.Key), row.Key));
}
