namespace Routing.ConformanceTests.Types;

/// <summary>How one engine stores the values of one .NET type; a row of docs/engines/types.md has one for each engine.</summary>
/// <param name="Column">The column's type.</param>
public sealed record StoredAs(string Column)
{
    /// <summary>What is not as it went in, or why nothing goes in, as the page says it; empty where everything comes back as it was.</summary>
    public string Note { get; init; } = "";

    /// <summary>What comes back for a value, where that is another.</summary>
    public Func<object, object>? ComesBackAs { get; init; }

    /// <summary>What Dapper's own queries over a routed connection make of it, where that is another still.</summary>
    public Func<object, object>? DapperReadsAs { get; init; }

    /// <summary>What the error says with which the driver refuses such parameters, so that nothing is stored; null where it takes them.</summary>
    public string? Refusal { get; init; }

    /// <summary>The ways that cannot read it as its own type, and throw.</summary>
    public ReadBy Unread { get; init; }

    /// <summary>How the parameter is written where a bare one would have another type.</summary>
    public Func<object?, SqlFragment>? Written { get; init; }

    /// <summary>Whether a column of the type can be compared with a parameter for equality.</summary>
    public bool IsComparable { get; init; } = true;

    /// <summary>Everything comes back as it went in.</summary>
    public static implicit operator StoredAs(string column) => new(column);

    /// <summary>The driver refuses such parameters.</summary>
    /// <param name="column">The column's type.</param>
    /// <param name="note">What to give instead.</param>
    /// <param name="says">What its error says.</param>
    public static StoredAs Refused(string column, string note, string says) => new(column) { Note = note, Refusal = says };
}
