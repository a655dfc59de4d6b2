using Npgsql;
using Routing.Configuration;
using Routing.Testing;

namespace Routing.IntegrationTests.Secrets;

/// <summary>
/// Secrets are planted wherever users put them, by mistake as well; whatever happens then, none comes out again. Each
/// place has a marker of its own, so that a find names its leak.
/// </summary>
public sealed class SecretsTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private readonly List<string> _markers = [];

    [Fact]
    public async Task A_running_cluster_shows_no_password_and_no_parameter()
    {
        var role = $"secretive_{database.Name}";
        var (right, fromVault) = (Plant("RightPassword"), Plant("FromVault"));
        await database.Cluster.Primary.ExecuteAsAdminAsync($"create role {role} login password '{right}'");
        await database.Cluster.Primary.ExecuteAsAdminAsync($"create role {role}_vault login password '{fromVault}'");
        await database.ExecuteAsync($"create table secrets (id text primary key, short varchar(5)); grant all on secrets to {role}, {role}_vault");

        // Only now: the cluster's own statements, with their passwords, are traced by the driver as well.
        using var findings = new Findings();
        var settings = new Dictionary<string, string?>();
        AddNodes(settings, "direct", text => With(text, role, right));
        AddNodes(settings, "vaulted", static text => With(text, user: null, password: null));
        await using (var host = new SecretHost(findings, settings, builder => builder.Configure("vaulted", options => options.CredentialProvider = new Vault($"{role}_vault", fromVault))))
        {
            foreach (var name in host.Databases.Names)
            {
                await UseAsync(findings, host.Databases[name], Plant("Parameter"));
            }

            host.Reload("direct:Nodes:a:ConnectionString", With(database.Primary, role, Plant("Reloaded")));
            host.Reload("direct:Nodes:b:Weight", "7");
            await Eventually.HoldsAsync("the reload is logged", () => Task.FromResult(!findings.Logs.WithId(1001).IsEmpty || findings.Logs.Events.Any(static e => e.Message.Contains("Weight", StringComparison.Ordinal))));
            await host.LookAroundAsync();
        }

        Assert.Superset(new HashSet<string>(["error", "metric", "activity", "health", "shown"], StringComparer.Ordinal), findings.Kinds.Keys.ToHashSet(StringComparer.Ordinal));
        AssertNothingIn(findings);
        Assert.Contains("log", findings.Kinds.Keys);
        Assert.Contains(findings.Logs.Events, static e => e.Category.StartsWith("Npgsql", StringComparison.Ordinal));
        await database.Cluster.Primary.ExecuteAsAdminAsync($"drop owned by {role}, {role}_vault", database.Name);
        await database.Cluster.Primary.ExecuteAsAdminAsync($"drop role {role}, {role}_vault");
    }

    [Fact]
    public async Task A_refused_log_in_shows_no_password()
    {
        using var findings = new Findings();
        var settings = new Dictionary<string, string?>();
        var wrong = Plant("WrongPassword");
        AddNodes(settings, "direct", text => With(text, "app", wrong));
        AddNodes(settings, "vaulted", static text => With(text, user: null, password: null));
        AddNodes(settings, "leaky", static text => With(text, user: null, password: null));
        var (refused, leaked) = (Plant("RefusedByServer"), Plant("ThrownByVault"));
        await using (var host = new SecretHost(findings, settings, builder => builder
            .Configure("vaulted", options => options.CredentialProvider = new Vault("app", refused))
            .Configure("leaky", options => options.CredentialProvider = new Vault("app", leaked) { Throws = true })))
        {
            foreach (var name in host.Databases.Names)
            {
                var db = host.Databases[name];
                await findings.FailsAsync("write on " + name, () => db.ExecuteAsync("insert into secrets values ('x')").AsTask());
                await findings.FailsAsync("read on " + name, () => db.QueryAsync<int>("select 1").AsTask());
                await findings.FailsAsync("transaction on " + name, () => db.TransactAsync(static (_, _) => Task.CompletedTask));
                await findings.FailsAsync("ADO.NET on " + name, async () =>
                {
                    await using var connection = await db.DataSource.OpenConnectionAsync();
                    await using var command = connection.CreateCommand();
                    command.CommandText = "select 1";
                    await command.ExecuteScalarAsync();
                });
                Assert.True(host.Topology.TryGet(name, out var store));
                await Eventually.HoldsAsync("the nodes are down", () => Task.FromResult(store.Current.Nodes.All(static node => node.State == Topology.NodeState.Down)));
            }

            await host.LookAroundAsync();
        }

        AssertNothingIn(findings);
    }

    [Fact]
    public async Task An_encrypted_file_and_its_statements_show_no_password_and_no_parameter()
    {
        using var findings = new Findings();
        var directory = Directory.CreateTempSubdirectory("routing-secrets-").FullName;
        var settings = new Dictionary<string, string?>
        {
            ["plain:Provider"] = "Sqlite",
            ["plain:Nodes:a:ConnectionString"] = $"Data Source={directory}/plain.db",
            ["locked:Provider"] = "Sqlite",
            ["locked:Nodes:a:ConnectionString"] = $"Data Source={directory}/locked.db;Password={Plant("FilePassword")}",
        };
        await using (var host = new SecretHost(findings, settings))
        {
            await host.Databases["plain"].ExecuteAsync("create table secrets (id text primary key, short text check (length(short) < 6))");
            await UseAsync(findings, host.Databases["plain"], Plant("Parameter"));

            // The native library of the tests knows no encryption, and says so at each open.
            await findings.FailsAsync("locked file", () => host.Databases["locked"].ExecuteAsync("create table t (id integer)").AsTask());
            await host.LookAroundAsync();
        }

        AssertNothingIn(findings);
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Password=x;{0}=y")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Pasword=x;{0}=y")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Pass=x;{0}=y")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Pasword={0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Password='{0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Username=u;Password=\"{0}\"{0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "postgres://u:{0}@h/orders")]
    [InlineData("orders:Nodes:a:ConnectionString", "{0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Port={0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;SSL Mode={0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h,{0};Password={0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Password={0};Target Session Attributes={0}")]
    [InlineData("orders:Nodes:a:ConnectionString", "Host=h;Password={0};Multiplexing=true;SSL Password={0};Passfile={0}")]
    [InlineData("orders:Nodes:a:ConnectionStringName", "Host=h;Password={0}")]
    [InlineData("orders:Nodes:a:ConnectionStringName", "postgres://u:{0}@h/orders")]
    [InlineData("orders:Nodes:a:ConnectionStringVariable", "postgres://u:{0}@h/orders")]
    [InlineData("orders:Nodes:a:ConnectionStringVariable", "u/{0}@h")]
    [InlineData("orders:Nodes:a", "Host=h;Password={0}")]
    [InlineData("orders:Nodes", "Host=h;Password={0}")]
    [InlineData("orders:Nodes:Host=h;Password={0}:Weight", "1")]
    [InlineData("orders:Nodes:postgres://u:{0}@h", "1")]
    [InlineData("orders:Nodes:a:Password", "{0}")]
    [InlineData("orders:Password", "{0}")]
    [InlineData("orders:Provider", "Host=h;Password={0}")]
    [InlineData("orders:Provider", "postgres://u:{0}@h")]
    [InlineData("orders:Nodes:a:Role", "Password={0}")]
    [InlineData("orders", "Host=h;Password={0}")]
    public async Task A_configuration_that_is_refused_shows_no_value(string path, string value)
    {
        using var findings = new Findings();
        var marker = Plant("Configured");
        var settings = new Dictionary<string, string?> { ["orders:Provider"] = "PostgreSql" };
        settings[path.Replace("{0}", marker, StringComparison.Ordinal)] = value.Replace("{0}", marker, StringComparison.Ordinal);
        await using var host = new SecretHost(findings, settings);

        await findings.FailsAsync("start", () => Task.Run(() => host.Databases));

        AssertNothingIn(findings);
    }

    [Theory]
    [InlineData("Data Source=a.db;Password='{0}")]
    [InlineData("Data Source=a.db;Pasword=x;{0}=y")]
    [InlineData("Data Source=a.db;Password={0};Cache=Shared")]
    [InlineData("Data Source=a.db;Password={0};Mode={0}")]
    public async Task A_file_that_is_refused_shows_no_value(string connectionString)
    {
        using var findings = new Findings();
        var settings = new Dictionary<string, string?>
        {
            ["orders:Provider"] = "Sqlite",
            ["orders:Nodes:a:ConnectionString"] = connectionString.Replace("{0}", Plant("Configured"), StringComparison.Ordinal),
        };
        await using var host = new SecretHost(findings, settings);

        await findings.FailsAsync("start", () => Task.Run(() => host.Databases));

        AssertNothingIn(findings);
    }

    [Fact]
    public async Task A_reload_that_is_refused_shows_no_value()
    {
        using var findings = new Findings();
        var settings = new Dictionary<string, string?> { ["orders:Provider"] = "PostgreSql", ["orders:Nodes:a:ConnectionString"] = "Host=h;Password=" + Plant("Before") };
        await using var host = new SecretHost(findings, settings);
        _ = host.Databases;

        host.Reload("orders:Nodes:a:ConnectionString", $"Host=h;Pasword=x;{Plant("After")}=y");
        await Eventually.HoldsAsync("the refusal is logged", () => Task.FromResult(!findings.Logs.WithId(1003).IsEmpty));
        host.Reload("orders:Nodes:a:ConnectionString", "Host=other;Password=" + Plant("Later"));
        await Eventually.HoldsAsync("the change is logged", () => Task.FromResult(findings.Logs.Events.Any(static e => e.Message.Contains("restart", StringComparison.OrdinalIgnoreCase))));

        AssertNothingIn(findings);
    }

    [Fact]
    public void The_search_finds_what_is_there()
    {
        using var findings = new Findings();
        findings.Add("error", new InvalidOperationException("outer", new InvalidOperationException("inner " + Plant("Control")) { Data = { ["key"] = _markers[0] } }));
        findings.AddShown("credentials", Tuple.Create(_markers[0]));
        Assert.Equal(4, findings.Holding(_markers).Count);
    }

    /// <summary>Statements that succeed and fail in every way there is, all with a secret value.</summary>
    private static async Task UseAsync(Findings findings, IRoutingDatabase db, string secret)
    {
        await db.ExecuteAsync($"insert into secrets (id) values ({secret})");
        Assert.Equal(1, await db.ExecuteScalarAsync<long>($"select count(*) from secrets where id = {secret}", new StatementOptions { Intent = Intent.Write }));
        await db.QueryAsync<string>("select id from secrets where id = @secret", new { secret });
        findings.AddShown("decision", db.Explain($"select id from secrets where id = {secret}"));
        await findings.FailsAsync("duplicate", () => db.ExecuteAsync($"insert into secrets (id) values ({secret})").AsTask());
        await findings.FailsAsync("duplicate by object", () => db.ExecuteAsync("insert into secrets (id) values (@secret)", new { secret }).AsTask());
        await findings.FailsAsync("too long", () => db.ExecuteAsync($"insert into secrets (id, short) values ('other', {secret})").AsTask());
        await findings.FailsAsync("no such table", () => db.QueryAsync<string>($"select id from nowhere where id = {secret}").AsTask());
        await findings.FailsAsync("in a transaction", () => db.TransactAsync(async (tx, ct) => await tx.ExecuteAsync($"insert into secrets (id) values ({secret})", ct)));
        await findings.FailsAsync("in a read-only session", async () =>
        {
            await using var session = db.OpenSession(new SessionOptions { ReadOnly = true });
            await session.ExecuteAsync($"insert into secrets (id) values ({secret + "2"})");
        });
        await findings.FailsAsync("explicit read", () => db.ExecuteAsync($"insert into secrets (id) values ({secret + "3"})", new StatementOptions { Intent = Intent.Read }).AsTask());
        await findings.FailsAsync("cancelled", () => db.QueryAsync<string>($"select id from secrets where id = {secret}", ct: new CancellationToken(canceled: true)).AsTask());
        await findings.FailsAsync("refused one-shot", () => db.ExecuteAsync($"begin; insert into secrets (id) values ({secret})").AsTask());
        await using var pinned = db.OpenSession();
        await using (var pin = await pinned.PinAsync())
        {
            findings.Add("shown pin", pin.PhysicalConnection.ConnectionString);
        }

        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "insert into secrets (id) values (@secret)";
        var parameter = command.CreateParameter();
        parameter.ParameterName = "secret";
        parameter.Value = secret;
        command.Parameters.Add(parameter);
        await findings.FailsAsync("over ADO.NET", () => command.ExecuteNonQueryAsync());
        findings.AddShown("command", command);
        await using var transaction = await connection.BeginTransactionAsync();
        findings.AddShown("transaction", transaction);
    }

    private void AssertNothingIn(Findings findings)
    {
        var found = findings.Holding(_markers);
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private string Plant(string what)
    {
        var marker = $"PLANTED{what}{Guid.NewGuid():N}";
        _markers.Add(marker);
        return marker;
    }

    private void AddNodes(Dictionary<string, string?> settings, string name, Func<string, string> connectionString)
    {
        settings[name + ":Provider"] = "PostgreSql";
        settings[name + ":Nodes:a:ConnectionString"] = connectionString(database.Primary);
        settings[name + ":Nodes:b:ConnectionString"] = connectionString(database.Standbys[0]);
    }

    private static string With(string connectionString, string? user, string? password)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        builder.Remove("Username");
        builder.Remove("Password");
        if (user is not null)
        {
            builder.Username = user;
            builder.Password = password;
        }

        return builder.ConnectionString;
    }

    private sealed class Vault(string user, string password) : ICredentialProvider
    {
        public bool Throws { get; init; }

        public ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken) => Throws
            ? throw new InvalidOperationException($"The vault's own connection failed: Server=vault;User={user};Password={password}")
            : new ValueTask<NodeCredentials>(new NodeCredentials(user, password));
    }
}
