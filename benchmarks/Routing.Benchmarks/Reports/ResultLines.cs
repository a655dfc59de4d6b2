using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Routing.Benchmarks.Figures;

namespace Routing.Benchmarks.Reports;

/// <summary>
/// The raw results as JSON lines: one for the machine, one per figure with the value of every round, one per row of a
/// suite. Numbers have six digits; whatever a report says is computed from what is written here.
/// </summary>
internal static class ResultLines
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new SixDigits() },
    };

    public static string Write(MachineFacts machine) => Write(new Line { Machine = machine });

    public static string Write(SuiteResult suite) => Write(new Line { Suite = suite });

    public static string Write(FigureResult figure) => Write(new Line
    {
        Figure = new FigureLine(
            figure.Name,
            figure.Unit,
            figure.Peer,
            figure.Details.ToDictionary(static detail => detail.Name, static detail => detail.Value, StringComparer.Ordinal),
            figure.Statistics.Values),
    });

    /// <exception cref="InvalidDataException">A line is not one of the three kinds, or there is not exactly one machine.</exception>
    public static Report Read(IEnumerable<string> lines)
    {
        var all = lines.Where(static line => line.Length > 0).Select(static (line, i) => ReadLine(line, i + 1)).ToList();
        var machines = all.Where(static line => line.Machine is not null).ToList();
        return machines.Count == 1
            ? new Report(
                machines[0].Machine!,
                [.. all.Where(static line => line.Figure is not null).Select(static line => FigureOf(line.Figure!))],
                [.. all.Where(static line => line.Suite is not null).Select(static line => line.Suite!)])
            : throw new InvalidDataException($"The results name {machines.Count} machines; they must name one.");
    }

    private static FigureResult FigureOf(FigureLine line) => new(
        line.Name, line.Unit, line.Peer, Statistics.Of(line.Values), [.. line.Details.Select(static detail => (detail.Key, detail.Value))]);

    private static Line ReadLine(string text, int number)
    {
        var line = Parse(text, number);
        return (line.Machine is null ? 0 : 1) + (line.Figure is null ? 0 : 1) + (line.Suite is null ? 0 : 1) == 1
            ? line
            : throw new InvalidDataException($"Line {number} of the results must hold one of 'machine', 'figure' and 'suite'.");
    }

    private static Line Parse(string text, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, Options)!;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Line {number} of the results cannot be read: {error.Message}", error);
        }
    }

    private static string Write(Line line) => JsonSerializer.Serialize(line, Options);

    private sealed record Line
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public MachineFacts? Machine { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public FigureLine? Figure { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public SuiteResult? Suite { get; init; }
    }

    private sealed record FigureLine(string Name, string Unit, string Peer, IReadOnlyDictionary<string, double> Details, IReadOnlyList<double> Values);

    /// <summary>More digits than rounds repeat would only blow up the file.</summary>
    private sealed class SixDigits : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
}
