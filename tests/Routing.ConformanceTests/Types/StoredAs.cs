namespace Routing.ConformanceTests.Types;

/// <summary>How one engine stores the values of one .NET type; a row of docs/engines/types.md has one for each engine.</summary>
/// <param name="Column">The column's type.</param>
public sealed record StoredAs(string Column)
{
    /// <summary>What is not as it went in, or why nothing goes in, as the page says it; empty where everything comes back as it was.</summary>
    public string Note { get; init; } = "";

    /// <summary>What comes back for a value, where that is another.</summary>
    public Func<object, object>? ComesBackAs { get; init; }

    /// <summary>Whether the driver refuses such parameters with an error, so that nothing is stored.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Whether the verbs read it as a row of one value of its own type; else they throw.</summary>
    public bool MapperReads { get; init; } = true;

    /// <summary>Whether the verbs read it as a member of a class; else they throw.</summary>
    public bool MemberReads { get; init; } = true;

    /// <summary>Whether <c>ExecuteScalarAsync</c> reads it as its own type; else it throws.</summary>
    public bool ScalarReads { get; init; } = true;

    /// <summary>Whether the driver's reader gives it as its own type; else it throws.</summary>
    public bool ReaderReads { get; init; } = true;

    /// <summary>How the parameter is written where a bare one would have another type.</summary>
    public Func<object?, SqlFragment>? Written { get; init; }

    /// <summary>Whether a column of the type can be compared with a parameter for equality.</summary>
    public bool IsComparable { get; init; } = true;

    /// <summary>Everything comes back as it went in.</summary>
    public static implicit operator StoredAs(string column) => new(column);

    /// <inheritdoc cref="IsRefused"/>
    public static StoredAs Refused(string column, string note) => new(column) { Note = note, IsRefused = true };
}
