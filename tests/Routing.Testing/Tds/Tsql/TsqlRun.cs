using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>Runs the statements of one request, one after the other. Belongs to it.</summary>
internal sealed class TsqlRun(TsqlSession session, IReadOnlyList<TdsParameter> parameters, TdsAnswer answer)
{
    private bool _isQuiet;

    private TsqlState State => session.State;

    private bool Counts => State.Settings["nocount"] != "on";

    public void Run(List<TsqlToken> statement)
    {
        session.ThrowIfInterrupted();
        var words = new TsqlWords(statement);
        if (TsqlBulkProbe.Answer(session, words, answer))
        {
            return;
        }

        if (TsqlProbe.Answer(session, statement, answer) || TsqlCommand.Run(session, this, words, answer))
        {
            return;
        }

        if (words.Is(0, "create") && words.Is(1, "sequence"))
        {
            session.Engine.CreateSequence(words.Text(2));
            answer.EndStatement(null);
            return;
        }

        if (TsqlAssignment.TakeTargets(statement, parameters) is { } targets)
        {
            Assign(statement, targets);
            answer.EndStatement(null);
            return;
        }

        RunOnSqlite(statement);
        RunTrigger(words);
    }

    /// <summary>Sets an output argument to a variable of the server's, which is how SqlClient asks whether its transaction is still there.</summary>
    public bool Assigns(TsqlWords words)
    {
        var name = words.Text(1);
        var output = parameters.FirstOrDefault(parameter => parameter.IsOutput && parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (output is null)
        {
            return false;
        }

        output.Value = session.Variable(words.Text(3).TrimStart('@').ToLowerInvariant());
        return true;
    }

    /// <summary>Runs the body of a procedure or a trigger: settings come back when it returns, everything else stays.</summary>
    public void RunBody(string body)
    {
        var settings = State.CopySettings();
        var wasQuiet = _isQuiet;
        _isQuiet = true;
        foreach (var statement in TsqlStatement.Split(body))
        {
            Run(statement);
        }

        _isQuiet = wasQuiet;
        State.RestoreSettings(settings);
    }

    private void RunTrigger(TsqlWords words)
    {
        if (words.Is(0, "insert") && words.Is(1, "into") && session.Engine.Triggers.TryGetValue(words.Text(2), out var body))
        {
            RunBody(body);
        }
    }

    private void RunOnSqlite(List<TsqlToken> tokens)
    {
        var tables = parameters.Where(static p => p.Value is TdsTable).ToArray();
        foreach (var table in tables)
        {
            TsqlLoad.CreateFrom(session, table);
        }

        try
        {
            using var statement = session.Prepare(new TsqlTranslation(tokens, parameters).Translate());
            Bind(statement);
            session.BeforeStep(statement);
            if (raw.sqlite3_column_count(statement) > 0)
            {
                Answer(statement, isQuery: tokens[0].Is("select") || tokens[0].Is("with"));
            }
            else
            {
                Execute(statement, tokens[0]);
            }

            session.AfterStep(statement);
        }
        finally
        {
            foreach (var table in tables)
            {
                session.ExecuteRaw($"DROP TABLE IF EXISTS temp.\"{table.Name}\"");
            }
        }
    }

    /// <summary>The last row's values stay.</summary>
    private void Assign(List<TsqlToken> tokens, List<TdsParameter> targets)
    {
        using var statement = session.Prepare(new TsqlTranslation(tokens, parameters).Translate());
        Bind(statement);
        session.BeforeStep(statement);
        while (session.Step(statement))
        {
            for (var i = 0; i < targets.Count; i++)
            {
                targets[i].Value = ValueOf(statement, i);
            }
        }

        session.AfterStep(statement);
    }

    private void Execute(sqlite3_stmt statement, TsqlToken verb)
    {
        session.Step(statement);
        var changes = verb.Is("insert") || verb.Is("merge") || verb.Is("update") || verb.Is("delete") || verb.Is("with") ? session.Changes : (long?)null;
        Remember(verb, changes);
        if (!_isQuiet)
        {
            answer.EndStatement(Counts ? changes : null);
        }
    }

    private void Remember(TsqlToken verb, long? changes)
    {
        State.RowCount = changes ?? 0;
        if (verb.Is("insert"))
        {
            State.LastIdentity = session.LastRowId;
        }
    }

    /// <summary>The types of columns must stand before the rows, so the first row is looked at before anything is sent.</summary>
    private void Answer(sqlite3_stmt statement, bool isQuery)
    {
        var hasRow = session.Step(statement);
        var count = raw.sqlite3_column_count(statement);
        if (!isQuery)
        {
            Remember(new TsqlToken(TsqlKind.Word, "insert", HasSpace: false), 0);
        }

        var columns = new TdsColumn[count];
        for (var i = 0; i < count; i++)
        {
            columns[i] = new TdsColumn(NameOf(statement, i), TypeOf(statement, i, hasRow));
        }

        var rows = 0L;
        if (!_isQuiet)
        {
            answer.Columns(columns);
        }

        for (; hasRow; hasRow = session.Step(statement))
        {
            rows++;
            if (!_isQuiet)
            {
                answer.Row(ValuesOf(statement, columns));
            }
        }

        State.RowCount = rows;
        if (!_isQuiet)
        {
            answer.EndRows(rows, isQuery);
        }
    }

    private static string NameOf(sqlite3_stmt statement, int column)
    {
        // An expression without an alias has no name; SQLite calls it by its text. A column may be called anything.
        var name = raw.sqlite3_column_name(statement, column).utf8_to_string();
        return (name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '#') && !char.IsDigit(name[0]))
            || raw.sqlite3_column_origin_name(statement, column).utf8_to_string() == name
            ? name
            : "";
    }

    private TdsType TypeOf(sqlite3_stmt statement, int column, bool hasRow)
    {
        if (TsqlTypes.Of(raw.sqlite3_column_decltype(statement, column).utf8_to_string()) is { } declared)
        {
            return declared;
        }

        var text = raw.sqlite3_column_name(statement, column).utf8_to_string();
        if (TsqlTypes.OfExpression(text, parameters) is { Code: not TdsType.NullCode } known)
        {
            return known;
        }

        if (!hasRow)
        {
            return TdsType.NVarCharMax;
        }

        return raw.sqlite3_column_type(statement, column) switch
        {
            raw.SQLITE_INTEGER => text.StartsWith("tsql_variable", StringComparison.Ordinal) ? TdsType.IntN : TdsType.BigInt,
            raw.SQLITE_FLOAT => TdsType.FloatN,
            raw.SQLITE_BLOB => TdsType.VarBinaryMax,
            _ => TdsType.NVarCharMax,
        };
    }

    private static object?[] ValuesOf(sqlite3_stmt statement, TdsColumn[] columns)
    {
        var values = new object?[columns.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ValueOf(statement, i);
        }

        return values;
    }

    private static object? ValueOf(sqlite3_stmt statement, int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, column),
        raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, column).ToArray(),
        _ => TextOf(statement, column),
    };

    // By its length: a text may hold a character of zero.
    private static string TextOf(sqlite3_stmt statement, int column) =>
        System.Text.Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

    private void Bind(sqlite3_stmt statement)
    {
        for (var i = 1; i <= raw.sqlite3_bind_parameter_count(statement); i++)
        {
            var name = raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string() ?? "?";
            var parameter = parameters.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw TsqlErrors.MissingParameter(name);
            TsqlValues.Bind(statement, i, parameter.Value);
        }
    }
}
