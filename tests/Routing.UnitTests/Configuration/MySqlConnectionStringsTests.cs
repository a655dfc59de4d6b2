using Routing.LocalServers;
using Routing.Providers.MySql;
using Routing.Sessions;

namespace Routing.UnitTests.Configuration;

public class MySqlConnectionStringsTests
{
    private readonly MySqlConnectionStrings _rules = new(new MySqlClient(MariaDbDriver.Factory));

    [Theory]
    [InlineData("Server=db;Port=3307;Database=orders;User ID=app;Password=hunter2;SslMode=Required")]
    [InlineData("Host=db;Uid=app;Pwd=hunter2;Max Pool Size=5;Connect Timeout=3")]
    [InlineData("Data Source=db;AutoEnlist=false;Allow User Variables=true;CharSet=utf8mb4")]
    [InlineData("Server=db;Password='a;b=c'")]
    public void Usable_connection_strings_pass(string connectionString) => Assert.Empty(_rules.Validate(connectionString));

    [Theory]
    [InlineData("Database=orders", "\"Server\" is not set; it names the server or its socket.")]
    [InlineData("Server=a,b", "\"Server\" names more than one server; each server has its own entry under Nodes.")]
    [InlineData("Server=a;Port=70000", "\"Port\" is 70000; allowed is a whole number from 1 to 65535.")]
    [InlineData("Server=a;Auto Enlist=true", "\"Auto Enlist\" is refused; Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay).")]
    public void What_cannot_be_used_is_named(string connectionString, string expected) => Assert.Equal([expected], _rules.Validate(connectionString));

    [Fact]
    public void A_check_that_the_driver_does_not_make_is_not_promised()
    {
        var isRefused = MariaDbDriver.Factory.GetType().Assembly.GetName().Name == "MySql.Data";
        Assert.Equal(
            isRefused ? ["\"SslCa\" is refused with \"SSL Mode\" VerifyFull; MySql.Data does not look at the server's name then. Let the machine trust the authority instead (on Linux SSL_CERT_FILE), or use MySqlConnector."] : [],
            _rules.Validate("Server=db;SslMode=VerifyFull;SslCa=/etc/ca.pem"));
        Assert.Empty(_rules.Validate("Server=db;SslMode=VerifyCA;SslCa=/etc/ca.pem"));
        Assert.Empty(_rules.Validate("Server=db;SslMode=VerifyFull"));
    }

    [Fact]
    public void Keys_of_neither_driver_are_unknown() => Assert.Equal(
        [$"unknown key \"sever\" (did you mean \"Server\"?); allowed are {MariaDbDriver.Factory.GetType().Assembly.GetName().Name}'s keys."],
        _rules.Validate("Sever=a"));

    [Theory]
    [InlineData("Server=a;User ID=app;Password=hunter2", "Server=a;User ID=app")]
    [InlineData("Host=a;Pwd=hunter2;Pasword=hunter2", "Server=a")]
    public void Redacting_leaves_no_secret(string connectionString, string expected) =>
        Assert.Equal(expected, _rules.Redact(connectionString), ignoreCase: true);

    [Fact]
    public void What_is_ours_is_told_from_what_is_passed_through() => Assert.Equal(
        ["Pooling", "Default Command Timeout"],
        _rules.FindOverridden("Server=a;Pooling=true;Allow User Variables=true;Default Command Timeout=5").Select(static row => row.Key));

    [Fact]
    public void Without_a_driver_the_package_is_named()
    {
        var engine = new MySqlEngine(client: null);
        var problem = Assert.Single(engine.ConnectionStrings.Validate("Server=a"));
        Assert.Equal(
            "no driver for MySQL and MariaDB is deployed; add the package MySqlConnector (or MySql.Data) to the application, or hand its factory to AddMySql(factory).",
            problem);
        Assert.Throws<RoutingConfigurationException>(() => engine.NativeFactory);
        Assert.IsAssignableFrom<Engine>(new MySqlEngine());
    }
}
