using System.Data;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Data.SqlClient;
using Microsoft.Data.SqlClient.Server;
using Routing.Testing.Tds;
using Routing.Testing.Tds.Tsql;

namespace Routing.UnitTests.Testing;

/// <summary>The protocol server, by the real SqlClient: what other tests build on.</summary>
public sealed class TdsServerTests : IDisposable
{
    private readonly TdsServer _server = new(new TsqlEngine());

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("Mandatory")]
    [InlineData("Optional")]
    public async Task Log_ins_are_encrypted_where_there_is_a_certificate(string encrypt)
    {
        using var certificate = Certificate();
        using var server = new TdsServer(new TsqlEngine(), certificate);
        await using var connection = new SqlConnection(
            server.ConnectionString("conformance").Replace("Encrypt=Optional", $"Encrypt={encrypt};Trust Server Certificate=true", StringComparison.Ordinal) + ";Pooling=false");
        await connection.OpenAsync();
        Assert.Equal(1, await new SqlCommand("select 1", connection).ExecuteScalarAsync());
        Assert.Equal(("test", "test"), (Assert.Single(server.Sessions).Login!.User, Assert.Single(server.Sessions).Login!.Password));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        using var certificate = Certificate();
        using var server = new TdsServer(new TsqlEngine(), certificate);
        await using var connection = new SqlConnection(
            server.ConnectionString("conformance").Replace("Encrypt=Optional", "Encrypt=Mandatory", StringComparison.Ordinal) + ";Pooling=false;Connect Retry Count=0");
        await Assert.ThrowsAsync<SqlException>(() => connection.OpenAsync());
    }

    /// <summary>
    /// SQLite locks its file for a moment when it is opened or closed, which is no reason to refuse a log-in. Fails with the
    /// first error of SQLite's taken for the statement's: a few of a hundred were refused.
    /// </summary>
    [Fact]
    public async Task Log_ins_beside_each_other_are_not_refused()
    {
        const int Each = 300;
        using var engine = new TsqlEngine();
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                engine.Open(new TdsLogin("", "", "", "", "", 4096, 0, IsReadOnlyIntent: false)).Dispose();
            }
        })));
    }

    [Fact]
    public async Task Prepared_statements_run_by_their_handles()
    {
        await using var connection = await OpenAsync();
        await using var command = new SqlCommand("select @x + 1", connection);
        command.Parameters.Add("@x", SqlDbType.BigInt);
        await command.PrepareAsync();
        for (var x = 1L; x <= 3; x++)
        {
            command.Parameters[0].Value = x;
            Assert.Equal(x + 1, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Rows_are_loaded_in_bulk()
    {
        await using var connection = await OpenAsync();
        await new SqlCommand("create table t (id bigint primary key, name nvarchar(100))", connection).ExecuteNonQueryAsync();
        using var rows = new DataTable();
        rows.Columns.Add("id", typeof(long));
        rows.Columns.Add("name", typeof(string));
        for (var id = 1L; id <= 1000; id++)
        {
            rows.Rows.Add(id, id == 7 ? DBNull.Value : "n" + id);
        }

        using var bulk = new SqlBulkCopy(connection) { DestinationTableName = "t" };
        await bulk.WriteToServerAsync(rows);
        Assert.Equal(1000, await new SqlCommand("select count(*) from t", connection).ExecuteScalarAsync());
        Assert.Equal(1, await new SqlCommand("select count(*) from t where name is null", connection).ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_table_is_a_parameter()
    {
        await using var connection = await OpenAsync();
        await using var command = new SqlCommand("select count(*) from @ids where c0 > 1", connection);
        var parameter = command.Parameters.Add("@ids", SqlDbType.Structured);
        parameter.TypeName = "dbo.ids";
        parameter.Value = new[] { 1L, 2L, 3L }.Select(static id =>
        {
            var record = new SqlDataRecord(new SqlMetaData("id", SqlDbType.BigInt));
            record.SetInt64(0, id);
            return record;
        }).ToList();
        Assert.Equal(2, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_cancel_is_acknowledged_and_the_connection_goes_on()
    {
        await using var connection = await OpenAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        await Assert.ThrowsAnyAsync<Exception>(() => new SqlCommand("waitfor delay '00:05:00'", connection).ExecuteNonQueryAsync(soon.Token));
        Assert.Contains("ATTENTION", Assert.Single(_server.Sessions).Log);
        Assert.Equal(1, await new SqlCommand("select 1", connection).ExecuteScalarAsync());
    }

    [Fact]
    public async Task Output_parameters_and_errors_come_with_their_values()
    {
        await using var connection = await OpenAsync();
        _server.OnText = static (_, text, answer) =>
        {
            if (text.StartsWith("throw", StringComparison.Ordinal))
            {
                throw new TdsException(50123, 16, "mine", state: 7);
            }

            answer.Info(50000, "only a message");
            return false;
        };
        var messages = new List<string>();
        connection.InfoMessage += (_, message) => messages.Add(message.Message);
        Assert.Equal(1, await new SqlCommand("select 1", connection).ExecuteScalarAsync());
        Assert.Equal(["only a message"], messages);
        var error = await Assert.ThrowsAsync<SqlException>(() => new SqlCommand("throw", connection).ExecuteNonQueryAsync());
        Assert.Equal((50123, (byte)16, (byte)7, "mine"), (error.Number, error.Class, error.State, error.Message));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }

    private async Task<SqlConnection> OpenAsync()
    {
        var connection = new SqlConnection(_server.ConnectionString("conformance") + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
