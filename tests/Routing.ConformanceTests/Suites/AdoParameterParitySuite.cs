using System.Data;
using System.Data.Common;

namespace Routing.ConformanceTests.Suites;

/// <summary>Parameters of commands, and what a database fills them with: as over the driver's own connection.</summary>
public abstract class AdoParameterParitySuite(ConformanceDatabase database) : ConformanceSuite(database)
{
    [Theory, SyncAndAsync]
    public async Task Parameters_in_their_collection(Verbs verbs)
    {
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var command = connection.Command("select @a", ("a", 1L), ("b", "two"));
            var all = command.Parameters;
            var c = command.CreateParameter();
            c.ParameterName = "c";
            c.Value = 3L;
            seen.Note("added at", all.Add(c));
            seen.Note("count", all.Count);
            seen.Note("index", all.IndexOf(c));
            seen.Note("index by name", all.IndexOf("b"));
            seen.Note("no index", all.IndexOf("nothing"));
            seen.Note("contains", all.Contains("c"));
            seen.Note("contains it", all.Contains(c));
            seen.Note("contains another", all.Contains(command.CreateParameter()));
            seen.Try("by index", () => all[1].Value);
            seen.Try("by name", () => all["a"].Value);
            seen.Try("by no name", () => all["nothing"]);
            seen.Try("by no index", () => all[7]);
            seen.Try("no parameter", () => all.Add("text"));
            seen.Try("remove by no name", () => all.RemoveAt("nothing"));
            seen.Try("remove by no index", () => all.RemoveAt(7));
            all.Remove(c);
            all.RemoveAt("b");
            seen.Note("left", all.Cast<DbParameter>().Select(static parameter => parameter.ParameterName.TrimStart('@')));
            all.Insert(0, c);
            all.AddRange(new[] { NewParameter(command, "d"), NewParameter(command, "e") });
            var copy = Array.CreateInstance(Database.ParameterType, all.Count);
            all.CopyTo(copy, 0);
            seen.Note("copied", copy.Cast<DbParameter>().Select(static parameter => parameter.ParameterName.TrimStart('@')));
            all[0] = NewParameter(command, "f");
            all["d"] = NewParameter(command, "d");
            seen.Note("replaced", all.Cast<DbParameter>().Select(static parameter => parameter.ParameterName.TrimStart('@')));
            seen.Note("runs", await verbs.Scalar(connection.Command("select @x", ("x", "ok"))));
            all.Clear();
            seen.Note("cleared", all.Count);
            seen.Note("fixed", $"{all.IsFixedSize} {all.IsReadOnly} {all.IsSynchronized}");
        });
    }

    [Theory, SyncAndAsync]
    public async Task Stored_procedures_and_their_output(Verbs verbs)
    {
        var items = await Database.ItemsAsync(2);
        var name = "raise_" + items.Name;
        if (Database.Procedure(name, items) is not { } text)
        {
            await Beside.SameAsync(Database, (connection, seen) => seen.TryAsync("refused", () =>
            {
                var procedure = connection.CreateCommand();
                procedure.CommandType = CommandType.StoredProcedure;
                procedure.CommandText = name;
                return verbs.NonQuery(procedure);
            }));
            return;
        }

        // By a session: what a procedure's body sets counts as set by the text where bodies stand in no quotes.
        await using (var session = Db.OpenSession())
        {
            await session.ExecuteAsync($"{Sql.Raw(text)}");
        }

        await Database.SettleAsync();
        await Beside.SameAsync(Database, async (connection, seen) =>
        {
            await using var procedure = connection.Command(name, ("item", 2L));
            procedure.CommandType = CommandType.StoredProcedure;
            var more = Output(procedure, "more", ParameterDirection.InputOutput, DbType.Int64);
            var was = Output(procedure, "was", ParameterDirection.Output, DbType.String);
            for (var use = 1L; use <= 3; use++)
            {
                more.Value = use;
                was.Value = null;
                seen.Note("non-query", await verbs.NonQuery(procedure));
                Assert.Equal((use * 2, "item 2"), (more.Value, was.Value));
                seen.Note("scalar", await verbs.Scalar(procedure));
                Assert.Equal(use * 4, more.Value);
                await using (var reader = await verbs.Reader(procedure))
                {
                    seen.Note("row", await verbs.Read(reader));
                    seen.Note("columns", Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
                }

                seen.Note("out", more.Value);
            }

            procedure.Parameters.RemoveAt(0);
            await seen.TryAsync("too few arguments", () => verbs.NonQuery(procedure));
        });
    }

    private static DbParameter Output(DbCommand command, string name, ParameterDirection direction, DbType type)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Direction = direction;
        parameter.Size = 50;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private static DbParameter NewParameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = name;
        return parameter;
    }
}
