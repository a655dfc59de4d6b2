namespace Routing.Testing.Tds.Tsql;

/// <summary>The pieces of a statement by their places; beyond the end there is nothing.</summary>
internal readonly struct TsqlWords(List<TsqlToken> tokens)
{
    public int Count => tokens.Count;

    public bool Is(int i, string word) => i < tokens.Count && tokens[i].Is(word);

    /// <summary>A name without its quotes, a text without its own, anything else as it stands there.</summary>
    public string Text(int i)
    {
        if (i >= tokens.Count)
        {
            return "";
        }

        var token = tokens[i];
        return token.Kind switch
        {
            TsqlKind.Text => token.Value[1..^1].Replace("''", "'", StringComparison.Ordinal),
            TsqlKind.Quoted => token.Value[1..^1].Replace(new string(token.Value[^1], 2), token.Value[^1].ToString(), StringComparison.Ordinal),
            _ => token.Value,
        };
    }

    /// <summary>A name in SQLite's words.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>What stands from a place to the end.</summary>
    public string From(int i) => string.Concat(tokens.Skip(i).Select(static token => (token.HasSpace ? " " : "") + token.Value)).Trim();

    public int IndexOf(string word) => tokens.FindIndex(token => token.Is(word));

    /// <summary>The arguments of an EXEC: by name, or by their places as <c>1</c>, <c>2</c>, ...</summary>
    public Dictionary<string, string> Arguments(int from)
    {
        var arguments = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var i = from; i < tokens.Count; i++)
        {
            if (Is(i + 1, "="))
            {
                arguments[tokens[i].Value] = Text(i + 2);
                i += 2;
            }
            else if (!tokens[i].Is(","))
            {
                arguments[(arguments.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)] = Text(i);
            }
        }

        return arguments;
    }
}
