using System.Data.Common;

namespace Routing.Providers.MySql;

/// <summary>
/// Makes parameters hold what both client libraries can send. MySql.Data writes types that it does not know by the text they have in
/// the culture at hand: a <see cref="TimeOnly"/> would lose its seconds, a <see cref="DateTimeOffset"/> its offset. Of a character it
/// sends the first byte.
/// </summary>
internal static class MySqlParameters
{
    public static void Refine(DbParameterCollection parameters)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            var parameter = parameters[i];
            object? value = parameter.Value switch
            {
                DateOnly date => date.ToDateTime(TimeOnly.MinValue),
                TimeOnly time => time.ToTimeSpan(),
                DateTimeOffset moment => moment.UtcDateTime,
                char character => character.ToString(),
                _ => null,
            };
            if (value is not null)
            {
                // The type is found again by the value: named by hand it would be one without a fraction of a second.
                parameter.ResetDbType();
                parameter.Value = value;
            }
        }
    }
}
