using System.Text;

namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// Writes a query or a definition of T-SQL's common part in SQLite's words. It knows what the tests of this repository
/// use and nothing else.
/// </summary>
internal sealed class TsqlTranslation(List<TsqlToken> tokens, IReadOnlyList<TdsParameter> parameters)
{
    private readonly StringBuilder _text = new();
    private string _limit = "";
    private string _returning = "";

    /// <summary>The statement for SQLite.</summary>
    public string Translate()
    {
        if (tokens[0].Is("merge"))
        {
            return TsqlMerge.Translate(tokens);
        }

        if (tokens[0].Is("select") && tokens.FindIndex(static token => token.Is("into")) is > 0 and var into)
        {
            _text.Append("create ").Append(At(into + 1).Value.StartsWith('#') ? "temp " : "").Append("table \"").Append(At(into + 1).Value).Append("\" as");
            tokens.RemoveRange(into, 2);
        }

        var isTable = (tokens[0].Is("create") || tokens[0].Is("alter")) && tokens.Count > 1 && tokens[1].Is("table");
        for (var i = 0; i < tokens.Count;)
        {
            i = TakePhrase(i, isTable);
        }

        return string.Concat(_text, _returning, _limit);
    }

    private TsqlToken At(int i) => i >= 0 && i < tokens.Count ? tokens[i] : new TsqlToken(TsqlKind.Symbol, "", HasSpace: false);

    private bool Are(int i, params ReadOnlySpan<string> words)
    {
        for (var k = 0; k < words.Length; k++)
        {
            if (!At(i + k).Is(words[k]))
            {
                return false;
            }
        }

        return true;
    }

    private int TakePhrase(int i, bool isTable)
    {
        if (At(i).Is("top"))
        {
            return TakeTop(i);
        }

        if (At(i).Is("output"))
        {
            return TakeOutput(i);
        }

        if (At(i).Is("offset") && (At(i + 2).Is("rows") || At(i + 2).Is("row")))
        {
            return TakePage(i);
        }

        if (Are(i, "next", "value", "for"))
        {
            _text.Append(" tsql_next('").Append(At(i + 3).Value).Append("')");
            return i + 4;
        }

        if (Are(i, "sys", ".", "sequences"))
        {
            _text.Append(" (select 'ticks' as name, tsql_last('ticks') as last_used_value)");
            return i + 3;
        }

        if (Are(i, "tempdb", ".", "sys", ".", "columns"))
        {
            // Asked by the name of one temporary table: its rows are there or not.
            var name = tokens[^2].Value.Trim('\'')["tempdb..".Length..];
            _text.Append(" (select 1 as object_id from temp.sqlite_master where name = '").Append(name).Append("')");
            return tokens.Count;
        }

        if (Are(i, "with", "(", "ignore_dup_key"))
        {
            _text.Append(" on conflict ignore");
            return EndOfParentheses(i + 1);
        }

        if ((At(i).Is("option") || (i > 0 && At(i).Is("with"))) && At(i + 1).Is("("))
        {
            return EndOfParentheses(i + 1);
        }

        return isTable ? TakeOfTable(i) : Take(i);
    }

    private int Take(int i)
    {
        var token = tokens[i];
        var value = token.Kind switch
        {
            TsqlKind.Variable => $"tsql_variable('{token.Value[2..].ToLowerInvariant()}')",
            TsqlKind.Quoted when token.Value[0] == '[' => NameOf(token),
            TsqlKind.Symbol when token.Is("+") && (IsText(i - 1) || IsText(i + 1)) => "||",
            TsqlKind.Word when token.Value[0] == '#' => $"\"{token.Value}\"",
            TsqlKind.Parameter when parameters.Any(p => p.Value is TdsTable && p.Name.Equals(token.Value, StringComparison.OrdinalIgnoreCase)) => $"\"{token.Value}\"",
            TsqlKind.Word when At(i + 1).Is("(") => FunctionOf(token.Value),
            TsqlKind.Number when token.Value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => $"x'{token.Value[2..]}'",
            _ => token.Value,
        };
        Add(value, token.HasSpace || token.Kind != TsqlKind.Symbol);
        return i + 1;
    }

    /// <summary>A bracketed name in backticks, any other piece as it stands there. SQLite takes a name in double quotes that it does not find for a text.</summary>
    internal static string NameOf(TsqlToken token) => token.Kind == TsqlKind.Quoted && token.Value[0] == '['
        ? $"`{token.Value[1..^1].Replace("]]", "]", StringComparison.Ordinal).Replace("`", "``", StringComparison.Ordinal)}`"
        : token.Value;

    /// <summary>A plus beside a text puts texts together. Between two columns nobody can tell without their types, and it adds.</summary>
    private bool IsText(int i) => At(i).Kind == TsqlKind.Text
        || (At(i).Kind == TsqlKind.Parameter && parameters.Any(p => p.Value is string && p.Name.Equals(At(i).Value, StringComparison.OrdinalIgnoreCase)));

    private static string FunctionOf(string name) => name.ToLowerInvariant() switch
    {
        "len" => "length",
        "isnull" => "ifnull",
        "concat" => "tsql_concat",
        "sqrt" => "tsql_sqrt",
        "count_big" => "count",
        _ => name,
    };

    private void Add(string value, bool space)
    {
        if (space && _text.Length > 0)
        {
            _text.Append(' ');
        }

        _text.Append(value);
    }

    private int TakeOfTable(int i)
    {
        if (i == 1)
        {
            Add(At(2).Value.StartsWith('#') ? "temp table" : "table", space: true);
            return 2;
        }

        // bigint identity(1, 1) primary key: only a column declared by this very word numbers its rows.
        if (At(i + 1).Is("identity"))
        {
            Add("integer primary key autoincrement", space: true);
            var end = At(i + 2).Is("(") ? EndOfParentheses(i + 2) : i + 2;
            return Are(end, "primary", "key") ? end + 2 : end;
        }

        if (Are(i, "(", "max", ")"))
        {
            return i + 3;
        }

        // Numbers with a point are kept as text, because SQLite's own keep only fifteen digits.
        if (At(i).Is("decimal") || At(i).Is("numeric"))
        {
            Add("decimaltext", space: true);
            return i + 1;
        }

        if (At(i).Is("integer"))
        {
            Add("int", space: true);
            return i + 1;
        }

        return Take(i);
    }

    private int TakeTop(int i)
    {
        var inParentheses = At(i + 1).Is("(");
        var end = inParentheses ? EndOfParentheses(i + 1) : i + 2;
        _limit = " limit " + string.Join(' ', tokens[(i + 1)..end].Select(static token => token.Value));
        return end;
    }

    private int TakePage(int i)
    {
        _limit = $" limit -1 offset {At(i + 1).Value}";
        i += 3;
        if (At(i).Is("fetch"))
        {
            _limit = $" limit {At(i + 2).Value} offset {At(i - 2).Value}";
            i += 5;
        }

        return i;
    }

    /// <summary>OUTPUT stands before the values or the condition; RETURNING at the end.</summary>
    private int TakeOutput(int i)
    {
        var columns = new StringBuilder(" returning");
        i++;
        while (i < tokens.Count && !At(i).Is("values") && !At(i).Is("select") && !At(i).Is("where") && !At(i).Is("from") && !At(i).Is("default"))
        {
            if ((At(i).Is("inserted") || At(i).Is("deleted")) && At(i + 1).Is("."))
            {
                i += 2;
            }

            columns.Append(' ').Append(NameOf(At(i++)));
        }

        _returning = columns.ToString();
        return i;
    }

    private int EndOfParentheses(int i)
    {
        var depth = 0;
        for (; i < tokens.Count; i++)
        {
            depth += At(i).Is("(") ? 1 : At(i).Is(")") ? -1 : 0;
            if (depth == 0)
            {
                return i + 1;
            }
        }

        throw TsqlErrors.Syntax("(");
    }
}
