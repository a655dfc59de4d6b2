namespace Routing.Configuration;

/// <summary>What becomes of one key of a driver's connection string.</summary>
public enum KeyRule
{
    /// <summary>Handed to the driver as it is.</summary>
    PassedThrough,

    /// <summary>Routing sets it itself; the value found is overridden, and that is logged once.</summary>
    Ours,

    /// <summary>It would work against Routing; start-up fails and names the setting to use instead.</summary>
    Refused,
}

/// <summary>One row of a driver's table of connection-string keys.</summary>
/// <param name="Key">The canonical key, as the driver's documentation writes it.</param>
/// <param name="Rule">What becomes of it. Keys without a row pass through.</param>
/// <param name="Advice">For <see cref="KeyRule.Refused"/> and <see cref="KeyRule.Ours"/>: which setting to use, and why.</param>
public sealed record ConnectionStringKey(string Key, KeyRule Rule, string Advice);

/// <summary>An engine's understanding of its driver's connection strings. Immutable and thread-safe.</summary>
public abstract class ConnectionStringRules
{
    /// <summary>The rows. Keys without a row pass through.</summary>
    public abstract IReadOnlyList<ConnectionStringKey> Keys { get; }

    /// <summary>
    /// Checks a connection string against the table and the driver's own parser. Returns the problems as sentences that
    /// name the key and contain no value of a secret key; empty when it is good.
    /// </summary>
    /// <param name="connectionString">What the user wrote.</param>
    public abstract IReadOnlyList<string> Validate(string connectionString);

    /// <summary>The connection string without passwords, for logs and errors.</summary>
    /// <param name="connectionString">What the user wrote.</param>
    public abstract string Redact(string connectionString);

    /// <summary>The rows of <see cref="KeyRule.Ours"/> that a connection string sets, so that the override can be logged. Default none.</summary>
    /// <param name="connectionString">What the user wrote; one that <see cref="Validate"/> accepts.</param>
    public virtual IReadOnlyList<ConnectionStringKey> FindOverridden(string connectionString) => [];
}
