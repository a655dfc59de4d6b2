using System.Text;

namespace Routing.Testing.Tds.Tsql;

/// <summary>
/// Writes the one form of MERGE that is an upsert as SQLite's: <c>merge into t with (holdlock) as target using (values ...) as source
/// (columns) on target.k = source.k ... [when matched then update set c = source.c ...] when not matched then insert ...</c>.
/// </summary>
internal static class TsqlMerge
{
    public static string Translate(List<TsqlToken> tokens)
    {
        int Find(string word, int from = 0) => tokens.FindIndex(from, token => token.Is(word)) is >= 0 and var at ? at : throw TsqlErrors.Syntax("merge");

        var with = Find("with");
        var values = Find("values");
        var source = Find("source", values);
        var on = Find("on", source);
        var when = Find("when", on);
        var isUpdating = !tokens[when + 1].Is("not");
        var end = isUpdating ? Find("when", when + 1) : when;

        var text = new StringBuilder("insert into");
        Append(text, tokens, 2, with);
        Append(text, tokens, source + 1, on);
        Append(text, tokens, values, source - 2);
        text.Append(" on conflict (").AppendJoin(", ", SidesOf(tokens, "target", on, when)).Append(") do ");
        return isUpdating
            ? text.Append("update set ").AppendJoin(", ", SidesOf(tokens, "source", when, end).Select(static column => $"{column} = excluded.{column}")).ToString()
            : text.Append("nothing").ToString();
    }

    private static void Append(StringBuilder text, List<TsqlToken> tokens, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            text.Append(' ').Append(TsqlTranslation.NameOf(tokens[i]));
        }
    }

    private static IEnumerable<string> SidesOf(List<TsqlToken> tokens, string side, int from, int to) =>
        Enumerable.Range(from, to - from).Where(i => tokens[i].Is(side)).Select(i => TsqlTranslation.NameOf(tokens[i + 2]));
}
