using Routing.Diagnostics;

namespace Routing;

/// <summary>
/// A piece of SQL that goes into a statement as it is, through a hole of an interpolated string. Only
/// <see cref="Sql.Raw"/> makes one. Immutable.
/// </summary>
public readonly struct RawSql : IEquatable<RawSql>
{
    private readonly string? _text;

    internal RawSql(string text) => _text = text;

    internal string Text => _text ?? throw CodedErrors.InvalidOperation(ErrorCodes.UnusableHole, "A default RawSql holds no text; make it with Sql.Raw(text).");

    /// <inheritdoc/>
    public bool Equals(RawSql other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawSql other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>Whether both hold the same text.</summary>
    public static bool operator ==(RawSql left, RawSql right) => left.Equals(right);

    /// <summary>Whether they hold different texts.</summary>
    public static bool operator !=(RawSql left, RawSql right) => !left.Equals(right);
}
