using System.Data.Common;

namespace Routing.Configuration;

/// <summary>
/// The rules of an engine whose driver has a <see cref="DbConnectionStringBuilder"/> of its own: the driver's parser
/// decides what is a key and what is a value; the table decides what becomes of it. Immutable and thread-safe.
/// </summary>
public abstract class BuilderConnectionStringRules : ConnectionStringRules
{
    private Dictionary<string, ConnectionStringKey>? _rows;

    /// <summary>The driver's name, as errors show it.</summary>
    protected abstract string Driver { get; }

    /// <summary>Every spelling of every key, without case, with its canonical key.</summary>
    protected abstract IReadOnlyDictionary<string, string> Spellings { get; }

    /// <summary>The canonical keys whose values are never shown.</summary>
    protected abstract IReadOnlyCollection<string> SecretKeys { get; }

    /// <summary>A new, empty builder of the driver.</summary>
    protected abstract DbConnectionStringBuilder CreateBuilder();

    /// <summary>What a key's value must be, for the error about a value that the driver does not read, e.g. <c>a whole number</c>.</summary>
    /// <param name="key">The canonical key.</param>
    protected abstract string DescribeValue(string key);

    /// <summary>Whether a value of a <see cref="KeyRule.Refused"/> key does what makes the key refused. Default true, whatever the value.</summary>
    /// <param name="key">The canonical key.</param>
    /// <param name="parsed">The driver's builder with all values.</param>
    protected virtual bool IsRefused(string key, DbConnectionStringBuilder parsed) => true;

    /// <summary>Checks that need more than one key or a value's meaning. Called when every key was read.</summary>
    /// <param name="parsed">The driver's builder with all values.</param>
    /// <param name="problems">Where problems go.</param>
    protected virtual void Check(DbConnectionStringBuilder parsed, ICollection<string> problems)
    {
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> Validate(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        if (Split(connectionString) is not { } pairs)
        {
            return [$"the text cannot be read as key=value pairs; allowed are {Driver}'s connection strings, with values that hold ; or quotes in quotes."];
        }

        List<string> problems = [];
        var parsed = CreateBuilder();
        foreach (string key in pairs.Keys)
        {
            Read(key, pairs[key], parsed, MayHoldSecret(pairs), problems);
        }

        // A refused key is readable: it hides no other problem.
        var isRead = problems.Count == 0;
        foreach (var row in Present(pairs, KeyRule.Refused))
        {
            if (IsRefused(row.Key, parsed))
            {
                problems.Add($"\"{row.Key}\" is refused; {row.Advice}.");
            }
        }

        if (isRead)
        {
            Check(parsed, problems);
        }

        return problems;
    }

    /// <inheritdoc/>
    public sealed override string Redact(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        if (Split(connectionString) is not { } pairs)
        {
            return "(a connection string that cannot be read)";
        }

        var shown = new DbConnectionStringBuilder();
        foreach (string key in pairs.Keys)
        {
            // An unknown key may be a misspelled password, or the tail of one that was not quoted.
            if (Spellings.TryGetValue(key, out var canonical) && !SecretKeys.Contains(canonical))
            {
                shown[canonical] = pairs[key];
            }
        }

        return shown.ConnectionString;
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<ConnectionStringKey> FindOverridden(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return Split(connectionString) is { } pairs ? [.. Present(pairs, KeyRule.Ours)] : [];
    }

    private static DbConnectionStringBuilder? Split(string connectionString)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = connectionString };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private void Read(string key, object value, DbConnectionStringBuilder parsed, bool mayHoldSecret, List<string> problems)
    {
        if (!Spellings.TryGetValue(key, out var canonical))
        {
            // A newer driver than the one this table was written for may know more keys.
            if (!parsed.ContainsKey(key))
            {
                problems.Add(DescribeUnknown(key, mayHoldSecret));
                return;
            }

            canonical = key;
        }

        try
        {
            parsed[key] = value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // The driver's own text is left out: some drivers quote the value in it.
            problems.Add($"\"{canonical}\" has a value that {Driver} does not read; allowed is {DescribeValue(canonical)}.");
        }
    }

    private string DescribeUnknown(string key, bool mayHoldSecret)
    {
        // Password=a;b=c makes a key of the secret's tail. So beside a secret an unknown key is shown only as a likely slip.
        var nearest = NearestName.Of(key, Spellings.Keys);
        if (nearest is null && mayHoldSecret)
        {
            return $"an unknown key, not shown because it may be part of a secret; allowed are {Driver}'s keys, with values that hold ; in quotes.";
        }

        var hint = nearest is null ? "" : $" (did you mean \"{Spellings[nearest]}\"?)";
        return $"unknown key \"{key}\"{hint}; allowed are {Driver}'s keys.";
    }

    /// <summary>Whether there is a secret, under its name, a slip of it, or a name that nobody knows: of two unknown keys one may be the tail of the other's value.</summary>
    private bool MayHoldSecret(DbConnectionStringBuilder pairs)
    {
        var unknown = 0;
        foreach (string key in pairs.Keys)
        {
            var known = Spellings.TryGetValue(key, out var canonical);
            unknown += known ? 0 : 1;
            canonical ??= NearestName.Of(key, Spellings.Keys) is { } nearest ? Spellings[nearest] : null;
            if (unknown > 1 || (canonical is not null && SecretKeys.Contains(canonical)))
            {
                return true;
            }
        }

        return false;
    }

    private IEnumerable<ConnectionStringKey> Present(DbConnectionStringBuilder pairs, KeyRule rule)
    {
        _rows ??= Keys.ToDictionary(static row => row.Key, StringComparer.OrdinalIgnoreCase);
        foreach (string key in pairs.Keys)
        {
            if (Spellings.TryGetValue(key, out var canonical) && _rows.TryGetValue(canonical, out var row) && row.Rule == rule)
            {
                yield return row;
            }
        }
    }
}
