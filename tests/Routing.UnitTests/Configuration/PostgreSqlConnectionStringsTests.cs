using System.ComponentModel;
using System.Reflection;
using Npgsql;
using Routing.Configuration;
using Routing.Providers.PostgreSql;

namespace Routing.UnitTests.Configuration;

public class PostgreSqlConnectionStringsTests
{
    private readonly PostgreSqlConnectionStrings _rules = new();

    [Theory]
    [InlineData("Host=db;Port=5433;Database=orders;Username=app;Password=hunter2;SSL Mode=VerifyFull;Application Name=shop")]
    [InlineData("Server=db;User Id=app;PWD=hunter2;SslMode=Require;MaxPoolSize=5")]
    [InlineData("Host=db;Pooling=true;Maximum Pool Size=50;Timeout=3;Max Auto Prepare=0")]
    [InlineData("Host=db;Enlist=false;Multiplexing=false;Load Balance Hosts=false")]
    [InlineData("Host=/var/run/postgresql;Search Path=shop,public;Options=-c statement_timeout=0")]
    [InlineData("Host=db;Password='a;b=c'")]
    public void Usable_connection_strings_pass(string connectionString) => Assert.Empty(_rules.Validate(connectionString));

    [Theory]
    [InlineData("Database=orders", "\"Host\" is not set; it names the server or the directory of its socket.")]
    [InlineData("", "\"Host\" is not set; it names the server or the directory of its socket.")]
    [InlineData("Host=a,b:5433", "\"Host\" names more than one server; each server has its own entry under Nodes.")]
    [InlineData("Host=a;Port=70000", "\"Port\" is 70000; allowed is a whole number from 1 to 65535.")]
    [InlineData("Host=a;Target Session Attributes=primary", "\"Target Session Attributes\" is refused; Routing asks each node for its role; set Role on the node and Reads:Prefer on the data source.")]
    [InlineData("Host=a;LoadBalanceHosts=true", "\"Load Balance Hosts\" is refused; Routing balances by itself; set Weight on the nodes and Reads:Balance on the data source (false may stay).")]
    [InlineData("Host=a;multiplexing=true", "\"Multiplexing\" is refused; it would run the statements of several leases on one connection; remove it (false may stay).")]
    [InlineData("Host=a;Enlist=true", "\"Enlist\" is refused; Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay).")]
    [InlineData("Hots=a", "unknown key \"hots\" (did you mean \"Host\"?); allowed are Npgsql's keys.")]
    [InlineData("Host=a;Max Pool Size=5", "unknown key \"max pool size\" (did you mean \"Maximum Pool Size\"?); allowed are Npgsql's keys.")]
    [InlineData("Host=a;Flavour=5", "unknown key \"flavour\"; allowed are Npgsql's keys.")]
    [InlineData("Host=a;Port=hunter2", "\"Port\" has a value that Npgsql does not read; allowed is a whole number in the key's range.")]
    [InlineData("Host=a;SslMode=hunter2", "\"SSL Mode\" has a value that Npgsql does not read; allowed is one of Disable, Allow, Prefer, Require, VerifyCA, VerifyFull.")]
    [InlineData("Host=a;Pooling=hunter2", "\"Pooling\" has a value that Npgsql does not read; allowed is true or false.")]
    [InlineData("Host=a;Password='hunter2", "the text cannot be read as key=value pairs; allowed are Npgsql's connection strings, with values that hold ; or quotes in quotes.")]
    public void What_cannot_be_used_is_named(string connectionString, string expected) => Assert.Equal([expected], _rules.Validate(connectionString));

    [Fact]
    public void All_problems_are_found_at_once() => Assert.Equal(
        [
            "unknown key \"hots\" (did you mean \"Host\"?); allowed are Npgsql's keys.",
            "\"Port\" has a value that Npgsql does not read; allowed is a whole number in the key's range.",
            "\"Enlist\" is refused; Routing does not join an ambient TransactionScope; use TransactAsync or BeginTransactionAsync (false may stay).",
        ],
        _rules.Validate("Hots=a;Port=x;Enlist=true"));

    [Fact]
    public void The_tail_of_an_unquoted_secret_is_not_shown() => Assert.Equal(
        ["an unknown key, not shown because it may be part of a secret; allowed are Npgsql's keys, with values that hold ; in quotes."],
        _rules.Validate("Host=a;Password=hunter;hunter2=x"));

    [Theory]
    [InlineData("Host=a;Username=app;Password=hunter2;SSL Password=hunter2", "Host=a;Username=app")]
    [InlineData("Server=a;PSW=hunter2;Pasword=hunter2", "Host=a")]
    [InlineData("Host=a;'", "(a connection string that cannot be read)")]
    public void Redacting_leaves_no_secret(string connectionString, string expected) =>
        Assert.Equal(expected, _rules.Redact(connectionString), ignoreCase: true);

    [Fact]
    public void Keys_that_Routing_overrides_are_found_in_any_spelling() =>
        Assert.Equal(
            ["Pooling", "Maximum Pool Size", "Connection Lifetime"],
            _rules.FindOverridden("Host=a;pooling=true;MaxPoolSize=5;Load Balance Timeout=9").Select(static row => row.Key));

    [Fact]
    public void Every_row_is_a_key_of_the_driver() =>
        Assert.All(_rules.Keys, row => Assert.True(new NpgsqlConnectionStringBuilder().ContainsKey(row.Key), row.Key));

    [Fact]
    public void Every_key_and_synonym_of_the_driver_is_known()
    {
        foreach (var property in typeof(NpgsqlConnectionStringBuilder).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (property.GetCustomAttribute<DisplayNameAttribute>() is not { } name)
            {
                continue;
            }

            var attribute = property.GetCustomAttributesData().Single(a => a.AttributeType.Name == "NpgsqlConnectionStringPropertyAttribute");
            var synonyms = attribute.ConstructorArguments.SelectMany(a => ((IEnumerable<CustomAttributeTypedArgument>)a.Value!).Select(s => (string)s.Value!));
            foreach (var spelling in synonyms.Prepend(name.DisplayName))
            {
                // Beside a secret an unknown key is reported without its name, a known one never.
                Assert.DoesNotContain(_rules.Validate($"Password=x;{spelling}=1"), static problem => problem.Contains("unknown key", StringComparison.Ordinal));
                Assert.True(_rules.Redact($"{spelling}=1").Length == 0 || _rules.Redact($"{spelling}=1").StartsWith(name.DisplayName, StringComparison.OrdinalIgnoreCase), spelling);
            }
        }
    }
}
