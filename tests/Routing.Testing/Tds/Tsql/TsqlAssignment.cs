namespace Routing.Testing.Tds.Tsql;

/// <summary>A SELECT that answers nothing: its values go into output arguments (<c>select @a = x, @b = y from t</c>).</summary>
internal static class TsqlAssignment
{
    /// <summary>Takes the targets out of the statement, which then gives their values in the same order; null where it is none.</summary>
    public static List<TdsParameter>? TakeTargets(List<TsqlToken> tokens, IReadOnlyList<TdsParameter> parameters)
    {
        if (!tokens[0].Is("select") || !IsTarget(tokens, 1))
        {
            return null;
        }

        var targets = new List<TdsParameter>();
        for (var i = 1; i < tokens.Count; i++)
        {
            if (IsTarget(tokens, i) && (i == 1 || tokens[i - 1].Is(",")))
            {
                var name = tokens[i].Value;
                targets.Add(parameters.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw TsqlErrors.MissingParameter(name));
                tokens.RemoveRange(i, 2);
            }
        }

        return targets;
    }

    private static bool IsTarget(List<TsqlToken> tokens, int i) => i + 1 < tokens.Count && tokens[i].Kind == TsqlKind.Parameter && tokens[i + 1].Is("=");
}
