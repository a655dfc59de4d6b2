using System.Data;
using System.Data.Common;
using Microsoft.Data.SqlClient;

namespace Routing.Providers.SqlServer;

/// <summary>
/// Makes parameters say what their values are. ADO.NET's type for a <see cref="DateTime"/> is SqlClient's <c>datetime</c>,
/// which keeps three-hundredths of a second and no year before 1753: a value that it cannot hold is sent as <c>datetime2</c>.
/// </summary>
internal static class SqlServerParameters
{
    // Every third step of datetime's clock is a whole hundredth of a second; no other step is exact.
    private const long ExactTicks = TimeSpan.TicksPerMillisecond * 10;

    private static readonly DateTime First = new(1753, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    public static void Refine(DbParameterCollection parameters)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            if (parameters[i] is SqlParameter { SqlDbType: SqlDbType.DateTime, Value: DateTime value } parameter
                && (value.Ticks % ExactTicks != 0 || value < First))
            {
                parameter.SqlDbType = SqlDbType.DateTime2;
            }
        }
    }
}
