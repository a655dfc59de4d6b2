namespace Routing.Testing.Tds;

/// <summary>The statements that a session has prepared, and the calls that run them. A reset drops them.</summary>
internal sealed class TdsStatements
{
    private readonly Dictionary<int, (string Text, IReadOnlyList<string> Names)> _prepared = [];
    private int _last;

    public void Clear() => _prepared.Clear();

    /// <summary>What a call runs: the text of <c>sp_executesql</c> and its siblings, else an EXEC of the procedure.</summary>
    public TdsRun Resolve(TdsCall call)
    {
        var all = call.Parameters;
        switch (call.Procedure.ToLowerInvariant())
        {
            case "sp_executesql":
                return new TdsRun(TextOf(all[0]), [.. all.Skip(2)], OutputsOf(all, 2));
            case "sp_prepexec":
                var handle = Prepare(TextOf(all[2]), TextOf(all[1]));
                return new TdsRun(TextOf(all[2]), Name(all.Skip(3), _prepared[handle].Names), [(0, Handle(all[0], handle)), .. OutputsOf(all, 3)]);
            case "sp_prepare":
                return new TdsRun("", [], [(0, Handle(all[0], Prepare(TextOf(all[2]), TextOf(all[1]))))]);
            case "sp_execute":
                var (text, names) = _prepared.GetValueOrDefault((int)(long)all[0].Value!, ("", []));
                return text.Length == 0
                    ? throw new TdsException(8179, 16, $"Could not find prepared statement with handle {all[0].Value}.")
                    : new TdsRun(text, Name(all.Skip(1), names), OutputsOf(all, 1));
            case "sp_unprepare":
                _prepared.Remove((int)(long)all[0].Value!);
                return new TdsRun("", [], []);
            default:
                var arguments = string.Join(", ", all.Select(static p => p.Name.Length == 0 ? p.Value?.ToString() : $"{p.Name} = {p.Name}"));
                return new TdsRun($"exec {call.Procedure} {arguments}".TrimEnd(), all, OutputsOf(all, 0));
        }
    }

    private static TdsParameter Handle(TdsParameter parameter, int handle) => parameter with { Type = TdsType.IntN, Value = (long)handle };

    private static string TextOf(TdsParameter parameter) => (string?)parameter.Value ?? "";

    private static List<TdsParameter> Name(IEnumerable<TdsParameter> values, IReadOnlyList<string> names) =>
        [.. values.Select((value, i) => value.Name.Length == 0 && i < names.Count ? value with { Name = names[i] } : value)];

    private static List<(int, TdsParameter)> OutputsOf(IReadOnlyList<TdsParameter> all, int from) =>
        [.. all.Select(static (parameter, i) => (i, parameter)).Where(output => output.i >= from && output.parameter.IsOutput)];

    /// <summary>The names stand in the declarations: <c>@a int,@b nvarchar(4000)</c>.</summary>
    private int Prepare(string text, string declarations)
    {
        _prepared[++_last] = (text, [.. declarations.Split(',').Select(static part => part.Trim()).Where(static part => part.StartsWith('@')).Select(static part => part.Split(' ')[0])]);
        return _last;
    }
}

/// <summary>A text that a call runs.</summary>
/// <param name="Text">The SQL; empty for nothing.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Outputs">What goes back to the client.</param>
internal sealed record TdsRun(string Text, IReadOnlyList<TdsParameter> Parameters, IReadOnlyList<(int Ordinal, TdsParameter Parameter)> Outputs);
