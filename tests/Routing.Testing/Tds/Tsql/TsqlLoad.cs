using SQLitePCL;

namespace Routing.Testing.Tds.Tsql;

/// <summary>Many rows at once, of a bulk load or of a table parameter.</summary>
internal static class TsqlLoad
{
    /// <summary>INSERT BULK [table] (columns): the name is the third word.</summary>
    public static long Run(TsqlSession session, string text, TdsTable rows)
    {
        var statement = TsqlStatement.Split(text).First();
        var words = new TsqlWords(statement);
        if (!words.Is(0, "insert") || !words.Is(1, "bulk"))
        {
            throw new TdsException(4002, 20, "Rows came that no INSERT BULK announced.");
        }

        var at = 2;
        while (words.Is(at + 1, "."))
        {
            at += 2;
        }

        return Insert(session, words.Text(at), rows);
    }

    public static void CreateFrom(TsqlSession session, TdsParameter parameter)
    {
        var table = (TdsTable)parameter.Value!;
        var columns = table.Columns.Select(static (column, i) => column.Name.Length == 0 ? $"c{i}" : column.Name);
        session.ExecuteRaw($"CREATE TEMP TABLE \"{parameter.Name}\" ({string.Join(", ", columns)})");
        Insert(session, parameter.Name, table);
    }

    private static long Insert(TsqlSession session, string name, TdsTable rows)
    {
        var columns = rows.Columns.All(static column => column.Name.Length > 0)
            ? "(" + string.Join(", ", rows.Columns.Select(static column => TsqlWords.Quoted(column.Name))) + ")"
            : "";
        var values = string.Join(", ", rows.Columns.Select(static _ => "?"));
        using var statement = session.Prepare($"INSERT INTO {TsqlWords.Quoted(name)} {columns} VALUES ({values})");
        session.BeforeStep(statement);
        var isAlone = session.Transaction == 0 && !name.StartsWith('@');

        var stored = 0L;

        // A load that fails leaves nothing of its own in the transaction that it is part of.
        session.ExecuteRaw(isAlone ? "BEGIN IMMEDIATE" : "SAVEPOINT tsql_load");

        try
        {
            foreach (var row in rows.Rows)
            {
                for (var i = 0; i < row.Length; i++)
                {
                    TsqlValues.Bind(statement, i + 1, row[i]);
                }

                session.Step(statement);
                raw.sqlite3_reset(statement);
                stored += session.Changes;
            }
        }
        catch
        {
            raw.sqlite3_reset(statement);
            session.ExecuteRaw(isAlone ? "ROLLBACK" : "ROLLBACK TO tsql_load");
            if (!isAlone)
            {
                session.ExecuteRaw("RELEASE tsql_load");
            }

            throw;
        }

        session.ExecuteRaw(isAlone ? "COMMIT" : "RELEASE tsql_load");
        if (isAlone)
        {
            session.Engine.NoteCommit();
        }

        return stored;
    }
}
