using Routing.Providers.PostgreSql;
using Routing.Providers.Sqlite;
using Routing.Statements;

namespace Routing.UnitTests.Statements;

/// <summary>Which relations a text names: every one that the engine would use, and as few others as can be told apart.</summary>
public sealed class MentionTests
{
    /// <summary>What is named, the text. A relation that is written to has an exclamation mark; a question mark alone means unreadable.</summary>
    private const string PostgreSql = """
         | select 1
        a | select * from a
        a b | select * from a, b
        a b c d | select * from a x, b as y(i, j), only c, d *
        a b c | select * from a join b using (id, no) left join c on a.x = c.y where c.id in (1, 2)
        a b c | select * from a join b on f(a.x, b.y) = 1, c
        a b c d | select * from (a join b on true) join (c natural join d) on true
        s.a t.b | select * from s.a, "t"."b"
        A aB a"b | select * from "A", "aB", "a""b"
        a b | select * from a where exists (select 1 from b where b.id = a.id)
        a b | select (select max(x) from a), array(select y from b)
        a b | select * from a union all select * from b
        a b | select * from (select * from a) x, lateral (select * from b where b.id = x.id) y
        a b | select * from a cross join lateral unnest(a.list) with ordinality as u(v, n), b
        b | select * from generate_series(1, 3) g(i), b
        b | select * from rows from (generate_series(1, 2), unnest($1)) as t(a, c), b
        a | select extract(year from created), substring(name from 1 for 3), trim(both ' ' from name), overlay(name placing 'x' from 2), position('a' in name) from a
        a | select x is distinct from y, x is not distinct from z from a
        a | table a
        a b | table a union table b
        a | select * from a for update of a
        a b | select * from a set, b
        a b | select * from a values, b
        a b ordinality | select * from a ordinality, b, ordinality
        ? | select * from a where delete = 1 and update > 2 order by offset_, x limit 1
        a | with c as (select * from a) select * from c
        a a | with a as (select * from a) select * from a, public.a
        a c | select * from (with c as (select * from a) select * from c) x, c
        a | with recursive c(n) as (select 1 union all select n + 1 from c, a) select * from c
        a b | with c as (select * from a), d as not materialized (select * from c, b) select * from c, d
        a! b | insert into a (x, y) select x, y from b
        a! | insert into a values (1), (2) on conflict (x) do update set y = excluded.y returning x
        a! b | insert into a with c as (select * from b) select * from c
        a! b c | update only a as t set x = b.x, y = 2 from b, c where t.id = b.id
        a! b c | delete from a using b, c where a.id = b.id
        a! b | delete from only a using (select * from b) x where a.id = x.id
        a! b | merge into a using b on a.id = b.id when matched then update set x = 1 when not matched then insert (x) values (2)
        a! b | merge into a as t using (select * from b) s on t.id = s.id when matched then delete
        a! b! | with d as (delete from a returning *) insert into b select * from d
        a!b! | with d as (delete from a returning *), i as (insert into b select * from d) select 1
        a b | explain select * from a, b
        a b! | explain (analyze) update b set x = (select max(y) from a)
        ? | select * from U&"\0061"
        ? | select * from a.b.c
        ? | select * from 'a'
        ? | select * from a update, b
        ? | select * from aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg
        """;

    private const string Sqlite = """
        a b | select * from a, [b]
        a b c | select * from `a` join "b" using (id) where x in c
        a b | select * from (a, b)
        a b | select * from 'a' where x not in main.b
        a! b | insert or ignore into a select * from b
        a! | replace into main.a values (1)
        a! | update or replace a set x = 1
        a! b | update a set x = b.x from b
        a b | with c as (select * from a) select * from c, b
        a | select * from a indexed by i, json_each(a.x) j where j.value in (1, 2)
        """;

    public static TheoryData<string, string> PostgreSqlRows => Rows(PostgreSql);

    public static TheoryData<string, string> SqliteRows => Rows(Sqlite);

    [Theory]
    [MemberData(nameof(PostgreSqlRows))]
    public void PostgreSql_text_names_its_relations(string expected, string text) => Check(PostgreSqlSyntax.Classifier, expected, text);

    [Theory]
    [MemberData(nameof(SqliteRows))]
    public void Sqlite_text_names_its_relations(string expected, string text) => Check(SqliteSyntax.Classifier, expected, text);

    [Fact]
    public void Every_identifier_counts_wherever_it_stands()
    {
        var mentions = Read(PostgreSqlSyntax.Classifier, "select t.total, \"X\"(1), '1'::money_type, date 'x' || F from s.orders as t order by Y");
        Assert.Subset(mentions.Names, new HashSet<string> { "t", "total", "X", "money_type", "f", "s", "orders", "y" });
        Assert.DoesNotContain("select", mentions.Names);
    }

    private static TheoryData<string, string> Rows(string table)
    {
        var rows = new TheoryData<string, string>();
        foreach (var line in table.Split('\n'))
        {
            var at = line.IndexOf('|', StringComparison.Ordinal);
            rows.Add(line[..at].Trim(), line[(at + 1)..].Trim());
        }

        return rows;
    }

    private static void Check(SqlClassifier classifier, string expected, string text)
    {
        var mentions = Read(classifier, text);
        if (expected == "?")
        {
            Assert.True(mentions.IsUnreadable, text);
            return;
        }

        Assert.False(mentions.IsUnreadable, text);
        var named = mentions.Relations.Select(static relation => (relation.Schema is null or "main" or "public" ? "" : relation.Schema + ".") + relation.Name + (relation.Writes ? "!" : ""));
        Assert.Equal(expected.Replace("!", "! ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    private static Mentions Read(SqlClassifier classifier, string text)
    {
        var mentions = new Mentions();
        classifier.Judge(text, static _ => false, mentions);
        return mentions;
    }
}
