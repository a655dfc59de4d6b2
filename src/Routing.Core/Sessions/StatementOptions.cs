using System.Data;
using Routing.Configuration;

namespace Routing;

/// <summary>How one call departs from its data source's defaults. Immutable; keep it in a static field when it is always the same.</summary>
/// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
public sealed record StatementOptions
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    private readonly Intent? _intent;
    private readonly TimeSpan? _timeout;
    private readonly ConsistencyLevel? _consistency;
    private readonly RentPriority? _priority;
    private readonly CommandType _commandType = CommandType.Text;

    /// <summary>Wins over classification. Default null: the statement's class decides. It is routing, not protection: an explicit <see cref="Routing.Intent.Read"/> does not make a write harmless.</summary>
    public Intent? Intent
    {
        get => _intent;
        init => _intent = value is null or Routing.Intent.Read or Routing.Intent.Write
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An intent is Read or Write; null lets the statement's class decide.");
    }

    /// <summary>The command time-out, 1 s-24 h, rounded up to whole seconds; zero for none. Default null: <c>Timeouts:Command</c>.</summary>
    public TimeSpan? Timeout
    {
        get => _timeout;
        init => _timeout = value is null || value == TimeSpan.Zero || (value >= TimeSpan.FromSeconds(1) && value <= LongestTimeout)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A statement's time-out is 1 second to 24 hours, or zero for none; null takes 'Timeouts:Command'.");
    }

    /// <summary>What this read is sure to see. Default null: <c>Reads:Consistency</c>.</summary>
    public ConsistencyLevel? Consistency
    {
        get => _consistency;
        init => _consistency = value is null or ConsistencyLevel.Any or ConsistencyLevel.ReadYourWrites
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A consistency is Any or ReadYourWrites; null takes 'Reads:Consistency'.");
    }

    /// <summary>Its place among those who wait when a pool is exhausted. Default null: the session's, which is <see cref="RentPriority.Normal"/> unless it says otherwise.</summary>
    public RentPriority? Priority
    {
        get => _priority;
        init => _priority = value is null or RentPriority.High or RentPriority.Normal or RentPriority.Low
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A priority is High, Normal or Low; null takes the session's.");
    }

    /// <summary>Text or stored procedure. Default <see cref="CommandType.Text"/>; a stored procedure goes to the primary unless <see cref="Intent"/> says otherwise.</summary>
    public CommandType CommandType
    {
        get => _commandType;
        init => _commandType = value is CommandType.Text or CommandType.StoredProcedure
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A command is Text or StoredProcedure; a table is read by SELECT.");
    }
}
