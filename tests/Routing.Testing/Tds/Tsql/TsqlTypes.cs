using System.Globalization;
using System.Text.RegularExpressions;

namespace Routing.Testing.Tds.Tsql;

/// <summary>Types by the names that definitions and casts give them.</summary>
internal static partial class TsqlTypes
{
    /// <summary>The type of a declared column; null when there is no such.</summary>
    public static TdsType? Of(string? declaration)
    {
        if (declaration is null || Declaration().Match(declaration) is not { Success: true } match)
        {
            return null;
        }

        int Number(string group, int otherwise) =>
            int.TryParse(match.Groups[group].Value, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

        return match.Groups["name"].Value.ToLowerInvariant() switch
        {
            // The only columns declared so are those that number their rows; they were bigint.
            "integer" or "bigint" => TdsType.BigInt,
            "int" => TdsType.IntN,
            "smallint" => TdsType.SmallInt,
            "tinyint" => TdsType.TinyInt,
            "bit" => TdsType.Bit,
            "float" => TdsType.FloatN,
            "real" => TdsType.Real,
            "decimal" or "numeric" or "decimaltext" => TdsType.DecimalN(Number("length", 18), Number("scale", 0)),
            "money" => TdsType.Money,
            "uniqueidentifier" => TdsType.UniqueIdentifier,
            "date" => TdsType.Date,
            "time" => TdsType.Time(Number("length", 7)),
            "datetime" => TdsType.DateTime,
            "datetime2" => TdsType.DateTime2(Number("length", 7)),
            "datetimeoffset" => TdsType.DateTimeOffset(Number("length", 7)),
            "varbinary" or "binary" or "blob" or "rowversion" => TdsType.VarBinaryMax,
            "nvarchar" or "varchar" or "nchar" or "char" or "text" or "sysname" => Number("length", 0) is > 0 and <= 4000 and var size ? TdsType.NVarChar(size) : TdsType.NVarCharMax,
            _ => null,
        };
    }

    /// <summary>The type of an expression, as far as its text says it: a parameter, a cast, a number, a count.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="parameters">The parameters in reach.</param>
    public static TdsType? OfExpression(string text, IReadOnlyList<TdsParameter> parameters)
    {
        if (text.StartsWith('@'))
        {
            return parameters.FirstOrDefault(p => p.Name.Equals(text, StringComparison.OrdinalIgnoreCase))?.Type;
        }

        if (Cast().Match(text) is { Success: true } cast)
        {
            return Of(cast.Groups["type"].Value);
        }

        return Whole().IsMatch(text) || text.StartsWith("count(", StringComparison.OrdinalIgnoreCase)
            ? TdsType.IntN
            : null;
    }

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z0-9_]+)\s*(\(\s*(?<length>\d+)\s*(,\s*(?<scale>\d+)\s*)?\))?\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^cast\s*\(.* as\s+(?<type>[A-Za-z0-9_]+\s*(\([^()]*\))?)\s*\)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Cast();

    [GeneratedRegex("^-?[0-9]{1,9}$")]
    private static partial Regex Whole();
}
