namespace Routing.Testing.Tds.Tsql;

/// <summary>Cuts a text into statements: at semicolons, and before the statements that often come without one.</summary>
internal static class TsqlStatement
{
    private static readonly string[] Starts = ["exec", "execute"];

    private static readonly string[] Bodies = ["procedure", "proc", "trigger", "function"];

    public static IEnumerable<List<TsqlToken>> Split(string text)
    {
        var tokens = TsqlToken.Cut(text);
        var statement = new List<TsqlToken>();
        var hasBody = tokens.Count > 1 && tokens[0].Is("create") && Array.Exists(Bodies, body => tokens[1].Is(body));
        foreach (var token in tokens)
        {
            if (!hasBody && token.Is(";"))
            {
                if (statement.Count > 0)
                {
                    yield return statement;
                    statement = [];
                }

                continue;
            }

            // The rest of the reserved words stand alone in the tests' texts.
            var begins = Array.Exists(Starts, start => token.Is(start)) || (token.Is("set") && statement.Count > 0 && statement[0].Is("declare"));
            if (!hasBody && statement.Count > 0 && begins && !statement.Exists(static word => word.Is("fmtonly")))
            {
                yield return statement;
                statement = [];
            }

            statement.Add(token);
        }

        if (statement.Count > 0)
        {
            yield return statement;
        }
    }
}
