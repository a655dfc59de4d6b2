using System.Net.Sockets;
using Npgsql;
using Routing.Drivers;
using Routing.Providers.PostgreSql;

namespace Routing.UnitTests.Providers.PostgreSql;

public sealed class PostgreSqlErrorsTests
{
    [Theory]
    [InlineData("40001", ErrorClass.RolledBack)]
    [InlineData("40P01", ErrorClass.RolledBack)]
    [InlineData("25006", ErrorClass.WrongRole)]
    [InlineData("57014", ErrorClass.Cancelled)]
    [InlineData("57P01", ErrorClass.ConnectionLost)]
    [InlineData("57P02", ErrorClass.ConnectionLost)]
    [InlineData("57P03", ErrorClass.NotExecuted)]
    [InlineData("57P05", ErrorClass.ConnectionLost)]
    [InlineData("25P03", ErrorClass.ConnectionLost)]
    [InlineData("08001", ErrorClass.NotExecuted)]
    [InlineData("08004", ErrorClass.NotExecuted)]
    [InlineData("08003", ErrorClass.ConnectionLost)]
    [InlineData("08006", ErrorClass.ConnectionLost)]
    [InlineData("08007", ErrorClass.ConnectionLost)]
    [InlineData("53100", ErrorClass.Capacity)]
    [InlineData("53300", ErrorClass.Capacity)]
    [InlineData("26000", ErrorClass.StalePlan)]
    [InlineData("0A000", ErrorClass.Statement)]
    [InlineData("23505", ErrorClass.Statement)]
    [InlineData("42601", ErrorClass.Statement)]
    [InlineData("57000", ErrorClass.Statement)]
    public void States_have_one_reaction_each(string sqlState, ErrorClass expected) =>
        Assert.Equal(expected, PostgreSqlErrors.Classify(Error(sqlState, "x", "x")));

    [Theory]
    [InlineData("40001", "canceling statement due to conflict with recovery", "ProcessInterrupts", ErrorClass.ReplicaConflict)]
    [InlineData("40001", "annulation de la requête", "ProcessInterrupts", ErrorClass.ReplicaConflict)]
    [InlineData("40001", "annulation de la requête", "ProcessRecoveryConflictInterrupt", ErrorClass.ReplicaConflict)]
    [InlineData("40001", "could not serialize access", "ExecUpdate", ErrorClass.RolledBack)]
    [InlineData("0A000", "cached plan must not change result type", "RevalidateCachedQuery", ErrorClass.StalePlan)]
    [InlineData("0A000", "le plan en cache", "RevalidateCachedQuery", ErrorClass.StalePlan)]
    public void Some_states_need_a_second_look(string sqlState, string message, string routine, ErrorClass expected) =>
        Assert.Equal(expected, PostgreSqlErrors.Classify(Error(sqlState, message, routine)));

    [Fact]
    public void Errors_of_the_connection_have_one_reaction_each()
    {
        Assert.Equal(ErrorClass.Cancelled, PostgreSqlErrors.Classify(new NpgsqlException("x", new TimeoutException())));
        Assert.Equal(ErrorClass.NotExecuted, PostgreSqlErrors.Classify(new NpgsqlException("x", new SocketException())));
        Assert.Equal(ErrorClass.ConnectionLost, PostgreSqlErrors.Classify(new NpgsqlException("x", new IOException("x", new SocketException()))));
        Assert.Equal(ErrorClass.ConnectionLost, PostgreSqlErrors.Classify(new NpgsqlException("x", new EndOfStreamException())));
        Assert.Equal(ErrorClass.ConnectionLost, PostgreSqlErrors.Classify(new IOException()));
        Assert.Equal(ErrorClass.NotExecuted, PostgreSqlErrors.Classify(new TimeoutException()));
        Assert.Equal(ErrorClass.Cancelled, PostgreSqlErrors.Classify(new OperationCanceledException()));
        Assert.Equal(ErrorClass.Statement, PostgreSqlErrors.Classify(new NpgsqlException("x")));
        Assert.Equal(ErrorClass.Statement, PostgreSqlErrors.Classify(new InvalidCastException()));
    }

    private static PostgresException Error(string sqlState, string message, string routine) =>
        new(message, "ERROR", "ERROR", sqlState, routine: routine);
}
