using System.Data;
using Microsoft.Data.Sqlite;
using Routing.Diagnostics;
using Routing.Mappers;
using Routing.Providers.MySql;
using Routing.UnitTests.Providers.Sqlite;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class ValueErrors
{
    [Provokes(ErrorCodes.UnreadableValue)]
    public static async Task<Exception> A_text_that_is_no_Guid()
    {
        await using var nodes = new SqliteNodes { ConnectionString = "Data Source=:memory:" };
        var connection = await nodes.LeaseAsync();
        var command = new MapperCommand("select 'no guid' as id", null, CommandType.Text, 30);
        return await ThrownAsync(async () => await MapperOperations.Single<Guid>().RunAsync(connection, command, async: true, default));
    }

    /// <summary>Any reader with the types of a MySQL server's will do.</summary>
    [Provokes(ErrorCodes.UnreadableValue)]
    public static async Task<Exception> A_number_read_as_a_moment()
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select 1 as id";
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return Thrown(() => MySqlMoments.Read<DateTimeOffset>(reader, 0));
    }
}
