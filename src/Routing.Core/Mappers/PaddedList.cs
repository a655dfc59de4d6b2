using System.Collections;
using System.Numerics;

namespace Routing.Mappers;

/// <summary>
/// Makes lists of many lengths into lists of few by repeating their last value, which changes nothing behind IN: texts with
/// one parameter for each value then come in a few dozen shapes, and plans and prepared statements are found again. Stateless.
/// </summary>
internal static class PaddedList
{
    /// <summary>Padding never takes a statement beyond so many parameters: the smallest limit of an engine is 2,098.</summary>
    public const int MostParameters = 2000;

    // Above it powers of two would add too much; a quarter of the power is the step.
    private const int LastPower = 32;

    /// <summary>How many values a list of so many is sent with.</summary>
    public static int ShapeOf(int count)
    {
        if (count <= LastPower)
        {
            return count <= 2 ? count : (int)BitOperations.RoundUpToPowerOf2((uint)count);
        }

        var step = (int)BitOperations.RoundUpToPowerOf2((uint)count) / 8;
        return (count + step - 1) / step * step;
    }

    /// <summary>The list to send; the same when it is not padded.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="name">The parameter's name without its marker.</param>
    /// <param name="list">The values.</param>
    /// <param name="room">How many values may be added; less by those that are.</param>
    public static object Pad(string text, string name, object list, ref int room)
    {
        if (!FollowsIn(text, name))
        {
            return list;
        }

        var values = ((IEnumerable)list).Cast<object?>().ToArray();
        var shape = ShapeOf(values.Length);
        if (shape - values.Length > room)
        {
            return values;
        }

        room -= shape - values.Length;
        var count = values.Length;
        Array.Resize(ref values, shape);
        Array.Fill(values, count == 0 ? null : values[count - 1], count, shape - count);
        return values;
    }

    /// <summary>Elsewhere, as in VALUES, one value more means something else.</summary>
    private static bool FollowsIn(string text, string name)
    {
        var at = text.IndexOf('@' + name, StringComparison.Ordinal);
        while (at >= 0 && at + 1 + name.Length < text.Length && IsNamePart(text[at + 1 + name.Length]))
        {
            at = text.IndexOf('@' + name, at + 1, StringComparison.Ordinal);
        }

        var before = at < 0 ? [] : text.AsSpan(0, at).TrimEnd();
        return before.EndsWith("in", StringComparison.OrdinalIgnoreCase) && (before.Length == 2 || !IsNamePart(before[^3]));
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
