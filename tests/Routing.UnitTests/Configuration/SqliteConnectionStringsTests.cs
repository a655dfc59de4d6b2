using Microsoft.Data.Sqlite;
using Routing.Providers.Sqlite;

namespace Routing.UnitTests.Configuration;

public class SqliteConnectionStringsTests
{
    private const string SharedAdvice = "; allowed is a private cache: a file serves many readers through WAL, and :memory: has one connection for everyone.";
    private const string ReadOnlyAdvice = "; the writer lane must be able to write (WAL), reader lanes run with query_only, and a session with ReadOnly = true protects the data.";

    private readonly SqliteConnectionStrings _rules = new();

    [Theory]
    [InlineData("Data Source=orders.db")]
    [InlineData("Filename=orders.db;Mode=ReadWrite;Foreign Keys=true;Recursive Triggers=true;Password=hunter2")]
    [InlineData("DataSource=:memory:")]
    [InlineData("Data Source=orders;Mode=Memory;Cache=Private")]
    [InlineData("Data Source=file:orders.db?vfs=unix")]
    [InlineData("Data Source=orders.db;Pooling=true;Command Timeout=5")]
    public void Usable_connection_strings_pass(string connectionString) => Assert.Empty(_rules.Validate(connectionString));

    [Theory]
    [InlineData("Mode=Memory", "\"Data Source\" is not set; it names the file, or is :memory:.")]
    [InlineData("Data Source=a.db;Cache=Shared", "\"Cache\" is Shared" + SharedAdvice)]
    [InlineData("Data Source=file:a.db?cache=shared", "\"Data Source\" is a URI with cache=shared" + SharedAdvice)]
    [InlineData("Data Source=a.db;Mode=ReadOnly", "\"Mode\" is ReadOnly" + ReadOnlyAdvice)]
    [InlineData("Data Source=file:a.db?mode=ro", "\"Data Source\" is a URI that opens the file read-only" + ReadOnlyAdvice)]
    [InlineData("Data Source=file:a.db?immutable=1", "\"Data Source\" is a URI that opens the file read-only" + ReadOnlyAdvice)]
    [InlineData("Data Source=a.db;Mode=5", "\"Mode\" has a value that Microsoft.Data.Sqlite does not read; allowed is one of ReadWriteCreate, ReadWrite, ReadOnly, Memory.")]
    [InlineData("Data Source=a.db;Cache=Sharedd", "\"Cache\" has a value that Microsoft.Data.Sqlite does not read; allowed is one of Default, Private, Shared.")]
    [InlineData("Data Source=a.db;Foreign Keys=hunter2", "\"Foreign Keys\" has a value that Microsoft.Data.Sqlite does not read; allowed is true or false.")]
    [InlineData("Data Source=a.db;Default Timeout=hunter2", "\"Default Timeout\" has a value that Microsoft.Data.Sqlite does not read; allowed is a whole number.")]
    [InlineData("Dta Source=a.db", "unknown key \"dta source\" (did you mean \"Data Source\"?); allowed are Microsoft.Data.Sqlite's keys.")]
    [InlineData("Data Source=a.db;Journal Mode=WAL", "unknown key \"journal mode\"; allowed are Microsoft.Data.Sqlite's keys.")]
    [InlineData("orders.db", "the text cannot be read as key=value pairs; allowed are Microsoft.Data.Sqlite's connection strings, with values that hold ; or quotes in quotes.")]
    public void What_cannot_be_used_is_named(string connectionString, string expected) => Assert.Equal([expected], _rules.Validate(connectionString));

    [Fact]
    public void Redacting_leaves_no_secret() =>
        Assert.Equal("Data Source=a.db", _rules.Redact("Filename=a.db;Password=hunter2;Pasword=hunter2"), ignoreCase: true);

    [Fact]
    public void Keys_that_Routing_overrides_are_found_in_any_spelling() =>
        Assert.Equal(["Default Timeout", "Pooling"], _rules.FindOverridden("Data Source=a;Command Timeout=5;pooling=false").Select(static row => row.Key));

    [Fact]
    public void The_rows_are_the_keys_of_the_driver() =>
        Assert.Equal(new SqliteConnectionStringBuilder().Keys.Cast<string>().Order(StringComparer.Ordinal), _rules.Keys.Select(static row => row.Key).Order(StringComparer.Ordinal));
}
