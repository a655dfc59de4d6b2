namespace Routing.Benchmarks.Reports;

/// <summary>What a report says about where it was made. Holds no host name and no path.</summary>
/// <param name="Date">The day, UTC.</param>
/// <param name="Commit">What was measured: a tag or hash, <c>-dirty</c> when files were changed.</param>
/// <param name="Cpu">The processor's model.</param>
/// <param name="Cores">Logical processors this process may use.</param>
/// <param name="MemoryGiB">Memory this process may use.</param>
/// <param name="System">The operating system and the processor's architecture.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Collector">The garbage collector's mode.</param>
/// <param name="PostgreSql">The server's version; <c>none</c> when there is none.</param>
/// <param name="Packages">Versions by package, in the order they are shown.</param>
internal sealed record MachineFacts(
    DateOnly Date,
    string Commit,
    string Cpu,
    int Cores,
    double MemoryGiB,
    string System,
    string Runtime,
    string Collector,
    string PostgreSql,
    IReadOnlyDictionary<string, string> Packages)
{
    /// <summary>The header's rows, by name.</summary>
    public IEnumerable<(string Name, string Value)> Rows =>
    [
        ("Date", Words.Of(Date)),
        ("Commit", Commit),
        ("CPU", $"{Cpu}, {Cores} logical {(Cores == 1 ? "core" : "cores")}"),
        ("Memory", $"{Words.Number(MemoryGiB)} GiB"),
        ("System", System),
        (".NET", $"{Runtime}, {Collector}"),
        ("PostgreSQL", PostgreSql),
        .. Packages.Select(static package => (package.Key, package.Value)),
    ];
}
