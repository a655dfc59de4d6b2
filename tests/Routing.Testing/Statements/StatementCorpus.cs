namespace Routing.Testing.Statements;

/// <summary>The committed everyday reads and the schema they run on, by engine (<c>postgresql</c>, <c>sqlite</c>).</summary>
public static class StatementCorpus
{
    /// <summary>The reads, in the order of the file.</summary>
    public static IReadOnlyList<string> Reads(string engine) => Split(File.ReadAllText(Find($"everyday-reads.{engine}.sql")));

    /// <summary>The script that makes and fills the tables.</summary>
    public static string Schema(string engine) => File.ReadAllText(Find($"schema.{engine}.sql"));

    private static string[] Split(string text) =>
        text.ReplaceLineEndings("\n").Split("\n;\n", StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The files stay where they are edited, so that every test project reads the same ones.</summary>
    private static string Find(string file)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var path = Path.Combine(folder, "tests", "Routing.UnitTests", "Statements", "Corpus", file);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"'{file}' is in no tests/Routing.UnitTests/Statements/Corpus above {AppContext.BaseDirectory}.");
    }
}
