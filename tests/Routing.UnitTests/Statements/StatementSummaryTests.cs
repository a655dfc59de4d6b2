using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;

namespace Routing.UnitTests.Statements;

public sealed class StatementSummaryTests
{
    [Theory]
    [InlineData("select * from orders where id = 5",                                   "SELECT orders")]
    [InlineData("SELECT * FROM Sales.Orders o",                                        "SELECT Sales.Orders")]
    [InlineData("select * from \"Order Lines\"",                                       "SELECT Order Lines")]
    [InlineData("select 1",                                                            "SELECT")]
    [InlineData("select extract(year from created_at) from orders",                    "SELECT orders")]
    [InlineData("select * from (select * from orders) o",                              "SELECT orders")]
    [InlineData("select * from only orders",                                           "SELECT orders")]
    [InlineData("select * from generate_series(1, 2)",                                 "SELECT generate_series")]
    [InlineData("(select * from orders) union select * from payments",                 "SELECT payments")]
    [InlineData("with c as (select * from orders) select * from c",                    "SELECT c")]
    [InlineData("with c as (select * from orders) insert into archive select * from c", "INSERT archive")]
    [InlineData("insert into orders (id) values (1)",                                  "INSERT orders")]
    [InlineData("update only orders set a = 1",                                        "UPDATE orders")]
    [InlineData("delete from orders where id = 'secret'",                              "DELETE orders")]
    [InlineData("merge into orders using x on true when matched then delete",          "MERGE orders")]
    [InlineData("values (1)",                                                          "VALUES")]
    [InlineData("table orders",                                                        "TABLE orders")]
    [InlineData("create table orders (id int)",                                        "CREATE TABLE")]
    [InlineData("drop index i",                                                        "DROP INDEX")]
    [InlineData("set search_path = 'secret'",                                          "SET search_path")]
    [InlineData("set local app.tenant = 'secret'",                                     "SET LOCAL")]
    [InlineData("show search_path",                                                    "SHOW search_path")]
    [InlineData("begin",                                                               "BEGIN")]
    [InlineData("start transaction",                                                   "START TRANSACTION")]
    [InlineData("savepoint s_123",                                                     "SAVEPOINT")]
    [InlineData("discard all",                                                         "DISCARD ALL")]
    [InlineData("call settle(5)",                                                      "CALL settle")]
    [InlineData("explain select * from orders",                                        "EXPLAIN SELECT")]
    [InlineData("insert into orders values (1); select 1",                             "INSERT orders")]
    [InlineData("frobnicate 'secret'",                                                 "UNKNOWN")]
    [InlineData("select 'secret",                                                      "UNKNOWN")]
    [InlineData("",                                                                    "EMPTY")]
    public void PostgreSql_summary_names_the_verb_and_the_first_target(string text, string summary) =>
        Assert.Equal(summary, PostgreSqlSyntax.Classifier.Classify(text).Summary);

    [Theory]
    [InlineData("select * from [orders] where id = 5",       "SELECT orders")]
    [InlineData("select * from 'secret'",                    "SELECT")]
    [InlineData("insert or replace into orders values (1)",  "INSERT orders")]
    [InlineData("replace into orders values (1)",            "REPLACE orders")]
    [InlineData("update or ignore orders set a = 1",         "UPDATE orders")]
    [InlineData("select replace(a, 'b', 'c') from orders",   "SELECT orders")]
    [InlineData("pragma user_version = 5",                   "PRAGMA user_version")]
    [InlineData("pragma main.table_info(orders)",            "PRAGMA main.table_info")]
    [InlineData("begin immediate",                           "BEGIN IMMEDIATE")]
    [InlineData("create temp table t (a)",                   "CREATE TEMP")]
    [InlineData("attach 'secret.db' as x",                   "ATTACH")]
    public void Sqlite_summary_names_the_verb_and_the_first_target(string text, string summary) =>
        Assert.Equal(summary, SqliteSyntax.Classifier.Classify(text).Summary);

    [Theory]
    [InlineData("",                                      0)]
    [InlineData(" ; ; ",                                 0)]
    [InlineData("select 1",                              1)]
    [InlineData("select 1; ",                            1)]
    [InlineData("select 1; select 2;; select 3",         3)]
    [InlineData("select ';'; select $$;$$",              2)]
    [InlineData("create rule r as on insert to t do (select 1; select 2); select 3", 2)]
    [InlineData("create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end; select 3", 2)]
    public void Statements_of_a_text_are_counted(string text, int count) =>
        Assert.Equal(count, PostgreSqlSyntax.Classifier.Classify(text).StatementCount);

    [Fact]
    public void Body_of_a_trigger_does_not_count()
    {
        const string Text = "create trigger r after insert on t begin insert into u values (1); update v set a = case 1 when 1 then 2 end; end; select 1";

        Assert.Equal(2, SqliteSyntax.Classifier.Classify(Text).StatementCount);
    }

    [Theory]
    [InlineData("discard all",                    true)]
    [InlineData("set a = 1; discard all",         true)]
    [InlineData("discard all; set a = 1",         false)]
    [InlineData("discard plans",                  false)]
    [InlineData("reset all",                      false)]
    public void Only_a_text_that_ends_with_discard_all_resets_the_session(string text, bool resets) =>
        Assert.Equal(resets, PostgreSqlSyntax.Classifier.Classify(text).ResetsSession);
}
