using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Routing.Configuration;

/// <summary>
/// What values a setting takes: how a text is read, what is allowed, and how the schema says it. Immutable and
/// thread-safe. Everything is in the invariant culture: a configuration means the same on every machine.
/// </summary>
internal abstract class SettingKind
{
    /// <summary>What errors name as allowed, e.g. <c>allowed is a whole number from 1 to 10000</c>.</summary>
    public abstract string Allowed { get; }

    /// <summary>The range as the XML documentation words it, which a test compares; empty where there is none.</summary>
    public virtual string RangeText => "";

    /// <summary>The values to suggest for a misspelled one.</summary>
    public virtual IReadOnlyList<string> Names => [];

    /// <summary>Reads a text. Says nothing about the range.</summary>
    public abstract bool TryParse(string text, out object? value);

    /// <summary>Whether a value, from whatever source, is within the range.</summary>
    public abstract bool IsAllowed(object? value);

    /// <summary>A value as it would be written in the configuration.</summary>
    public virtual string Format(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The schema's keywords for such a value, without description and default.</summary>
    public abstract JsonObject ToSchema();

    /// <summary>A default value in the schema; null for none.</summary>
    public virtual JsonNode? ToJson(object? value) => value is null or "" ? null : JsonValue.Create(Format(value));
}

/// <summary>A text. Secret ones are never shown.</summary>
internal sealed class TextKind(bool secret = false, params string[] examples) : SettingKind
{
    public bool Secret => secret;

    public override string Allowed => "allowed is a text";

    public override bool TryParse(string text, out object? value)
    {
        value = text;
        return true;
    }

    // Empty texts are for the rules about what is required.
    public override bool IsAllowed(object? value) => true;

    public override JsonObject ToSchema()
    {
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = 1 };
        if (examples.Length > 0)
        {
            schema["examples"] = new JsonArray([.. examples.Select(static e => JsonValue.Create(e))]);
        }

        return schema;
    }
}

/// <summary>A whole number within a range, and zero where that means something of its own.</summary>
internal sealed class WholeNumberKind(int minimum, int maximum, string? rangeText = null, string? zero = null) : SettingKind
{
    public int Minimum => minimum;

    public override string Allowed => string.Create(CultureInfo.InvariantCulture, $"allowed is a whole number from {minimum} to {maximum}")
        + (zero is null ? "" : $", or 0 for {zero}");

    public override string RangeText => rangeText ?? string.Create(CultureInfo.InvariantCulture, $"{minimum}-{maximum}");

    public override bool TryParse(string text, out object? value)
    {
        var parsed = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        value = number;
        return parsed;
    }

    public override bool IsAllowed(object? value) => value is int number && ((number >= minimum && number <= maximum) || (number == 0 && zero is not null));

    public override JsonObject ToSchema() => new() { ["type"] = "integer", ["minimum"] = zero is null ? minimum : 0, ["maximum"] = maximum };

    public override JsonNode? ToJson(object? value) => value is int number ? JsonValue.Create(number) : null;
}

/// <summary>True or false.</summary>
internal sealed class FlagKind : SettingKind
{
    public override string Allowed => "allowed are true and false";

    public override bool TryParse(string text, out object? value)
    {
        var parsed = bool.TryParse(text, out var flag);
        value = flag;
        return parsed;
    }

    public override bool IsAllowed(object? value) => value is bool;

    public override string Format(object? value) => value is true ? "true" : "false";

    public override JsonObject ToSchema() => new() { ["type"] = "boolean" };

    public override JsonNode? ToJson(object? value) => value is bool flag ? JsonValue.Create(flag) : null;
}

/// <summary>One of an enumeration's names, without case. Its numbers are not accepted: they say nothing to a reader.</summary>
internal sealed class ChoiceKind<TEnum> : SettingKind
    where TEnum : struct, Enum
{
    private static readonly string[] AllNames = Enum.GetNames<TEnum>();

    public override string Allowed => "allowed are " + string.Join(", ", AllNames);

    public override IReadOnlyList<string> Names => AllNames;

    public override bool TryParse(string text, out object? value)
    {
        value = default(TEnum);
        if (!AllNames.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        value = Enum.Parse<TEnum>(text, ignoreCase: true);
        return true;
    }

    public override bool IsAllowed(object? value) => value is TEnum choice && Enum.IsDefined(choice);

    public override JsonObject ToSchema() =>
        new() { ["enum"] = new JsonArray([.. AllNames.Select(static n => JsonValue.Create(n))]) };
}

/// <summary>A duration within a range, and zero where that means something of its own.</summary>
internal sealed partial class DurationKind(TimeSpan minimum, TimeSpan maximum, string rangeText, string? zero = null, bool wholeSeconds = false) : SettingKind
{
    private const string Pattern = @"^(\d{1,5}\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?$";

    public override string Allowed =>
        $"allowed is a duration ([d.]hh:mm:ss) from {Text(minimum)} to {Text(maximum)}"
        + (wholeSeconds ? " in whole seconds" : "")
        + (zero is null ? "" : $", or 00:00:00 for {zero}");

    public override string RangeText => rangeText;

    public override bool TryParse(string text, [NotNullWhen(true)] out object? value)
    {
        value = TimeSpan.Zero;

        // TimeSpan alone would read "5" as five days and "24:00:00" as 24 days.
        if (!Shape().IsMatch(text) || !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration))
        {
            return false;
        }

        value = duration;
        return true;
    }

    public override bool IsAllowed(object? value)
    {
        if (value is not TimeSpan duration || (wholeSeconds && duration.Ticks % TimeSpan.TicksPerSecond != 0))
        {
            return false;
        }

        return (duration == TimeSpan.Zero && zero is not null) || (duration >= minimum && duration <= maximum);
    }

    public override string Format(object? value) => value is TimeSpan duration ? Text(duration) : base.Format(value);

    public override JsonObject ToSchema() => new() { ["type"] = "string", ["pattern"] = Pattern };

    private static string Text(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return duration.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
