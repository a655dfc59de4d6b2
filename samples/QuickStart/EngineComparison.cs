using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Routing;

namespace QuickStart;

/// <summary>
/// The same program and the same data on SQLite, PostgreSQL and MariaDB: what it reads is written down as lines, and the lines
/// are compared. Only the column that numbers rows is declared by each engine's own words.
/// </summary>
internal static class EngineComparison
{
    private static readonly (string Name, string Identity, Func<CancellationToken, Task<Databases>> Start)[] Engines =
    [
        ("SQLite", "integer primary key", static _ => Task.FromResult(Databases.OnSqlite())),
        ("PostgreSQL", "bigint generated always as identity primary key", Databases.OnPostgreSqlAsync),
        ("MariaDB", "bigint auto_increment primary key", Databases.OnMariaDbAsync),
    ];

    /// <summary>Runs it everywhere. The number of lines that differ.</summary>
    public static async Task<int> RunAsync(CancellationToken ct)
    {
        var transcripts = new List<(string Engine, List<string> Lines)>();
        foreach (var (name, identity, start) in Engines)
        {
            await using var databases = await start(ct);
            using var host = Tour.Build(databases.Configuration);
            await host.StartAsync(ct);
            var orders = host.Services.GetRequiredKeyedService<IRoutingDatabase>("orders");
            var written = await SampleData.CreateAsync(orders, host.Services.GetRequiredKeyedService<IRoutingDatabase>("audit"), ct);

            // A session knows its own writes. With the token it also sees those before it, though a replica may lag.
            await using (var session = orders.OpenSession(new SessionOptions { Token = written }))
            {
                transcripts.Add((name, await TranscriptAsync(session, identity, ct)));
            }

            await host.StopAsync(ct);
            Console.WriteLine($"{name}: {transcripts[^1].Lines.Count} lines");
        }

        var differences = transcripts.Skip(1).Sum(other => Compare(transcripts[0], other));
        Console.WriteLine(differences == 0 ? "The engines agree on every line." : $"{differences} lines differ.");
        return differences;
    }

    /// <summary>The program. It asks the dialect for what the engines write differently, and nothing else knows which engine it runs on.</summary>
    private static async Task<List<string>> TranscriptAsync(Session session, string identity, CancellationToken ct)
    {
        var lines = new List<string>();
        void Note(string what, FormattableString value) => lines.Add($"{what}: {FormattableString.Invariant(value)}");
        var sql = session.Dialect;
        for (var page = 0; page < 3; page++)
        {
            foreach (var order in await session.QueryAsync<Order>(
                $"select o.id, c.name as customer, c.city, o.total_cents as totalcents, o.paid from orders o join customers c on c.id = o.customer_id where o.paid = {sql.False} order by o.total_cents desc, o.id {sql.Page(page * 50L, 50)}", ct))
            {
                Note("order", $"{order.Id} {order.Customer} {order.City} {order.TotalCents} {order.Paid}");
            }
        }

        foreach (var (city, count, sum) in await session.QueryAsync<(string, long, long)>(
            $"select c.city, count(*), cast(sum(o.total_cents) as decimal(20, 0)) from orders o join customers c on c.id = o.customer_id where {sql.In(Sql.Raw("c.city"), ["Oslo", "Porto", "Lyon"])} group by c.city order by c.city", ct))
        {
            Note("city", $"{city} {count} {sum}");
        }

        var stock = sql.Name("stock of \"tea\"");
        await session.ExecuteAsync($"create table {stock} (id {Sql.Raw(identity)}, {sql.Name("order")} varchar(100), amount bigint)", ct);
        for (var i = 0; i < 3; i++)
        {
            Note("key", $"{await session.ExecuteScalarAsync<long>($"{sql.InsertReturningKey(stock, "id", ["order", "amount"], "naïve 𝄞 '" + i.ToString(CultureInfo.InvariantCulture), i)}", ct)}");
        }

        await session.ExecuteAsync("create table counts (name varchar(50) primary key, amount bigint, paid boolean)", ct: ct);
        for (var round = 1; round <= 2; round++)
        {
            await session.ExecuteAsync($"{sql.Upsert(Sql.Raw("counts"), ["name"], ["name", "amount", "paid"], ["a", 1L * round, true], ["b" + round.ToString(CultureInfo.InvariantCulture), null, false])}", ct);
        }

        foreach (var (name, amount, paid) in await session.QueryAsync<(string, long?, bool)>("select name, amount, paid from counts order by name", ct: ct))
        {
            Note("count", $"{name} {amount} {paid}");
        }

        await using (var transaction = await session.BeginTransactionAsync(ct: ct))
        {
            Note("deleted", $"{await transaction.ExecuteAsync($"delete from {stock} where amount > {0}", ct)}");
            await transaction.RollbackAsync(ct);
        }

        foreach (var text in await session.QueryAsync<string>($"select {sql.Concat(Sql.Format($"{sql.Name("order")}"), Sql.Format($"{"!"}"))} from {stock} order by id", ct))
        {
            Note("text", $"{text}");
        }

        return lines;
    }

    private static int Compare((string Engine, List<string> Lines) first, (string Engine, List<string> Lines) other)
    {
        var differences = 0;
        for (var i = 0; i < Math.Max(first.Lines.Count, other.Lines.Count); i++)
        {
            var (left, right) = (first.Lines.ElementAtOrDefault(i), other.Lines.ElementAtOrDefault(i));
            if (left != right)
            {
                differences++;
                Console.WriteLine($"line {i + 1}\n  {first.Engine}: {left ?? "nothing"}\n  {other.Engine}: {right ?? "nothing"}");
            }
        }

        return differences;
    }
}
