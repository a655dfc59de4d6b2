using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace Routing.IntegrationTests.Packaging;

/// <summary>
/// The solution's packages, packed once into a temporary directory from what the build left: nothing is restored or
/// compiled, so that a test run does not overwrite the assemblies it runs.
/// </summary>
public sealed class PackedSolution : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "routing-packages-" + Guid.NewGuid().ToString("N"));

    public static string Root { get; } = FindRoot();

    /// <summary>The folder that the packages are in; a NuGet source.</summary>
    public string Folder => _directory;

    /// <summary>The packages by their ids.</summary>
    public IReadOnlyDictionary<string, Package> Packages { get; private set; } = new Dictionary<string, Package>(StringComparer.Ordinal);

    public async Task InitializeAsync()
    {
        var built = Path.Combine("bin", Configuration, "net10.0");
        foreach (var library in new[] { "Routing.Core", "Routing.Health", "Routing.OpenTelemetry", "Routing.Providers/PostgreSql", "Routing.Providers/SqlServer", "Routing.Providers/Sqlite" })
        {
            var folder = Path.Combine(Root, "src", library, built);
            Assert.True(Directory.Exists(folder), $"{folder} is missing: build Routing.sln in configuration {Configuration} first.");
        }

        await RunAsync("pack", "Routing.sln", "--no-build", "-c", Configuration, "-o", _directory, "--nologo", "-v", "quiet");
        Packages = Directory.EnumerateFiles(_directory, "*.nupkg").Select(static file => new Package(file))
            .ToDictionary(static package => package.Metadata("id"), StringComparer.Ordinal);
    }

    public Task DisposeAsync()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }

        return Task.CompletedTask;
    }

    // The test runs from bin/<configuration>/<framework>.
    private static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A build server that stays behind would be a process left by a test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Routing.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}

/// <summary>One package: its nuspec and its files.</summary>
public sealed class Package
{
    private readonly string _file;
    private readonly XElement _metadata;

    public Package(string file)
    {
        _file = file;
        using var zip = ZipFile.OpenRead(file);
        Files = [.. zip.Entries.Select(static entry => entry.FullName)];
        using var nuspec = zip.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        _metadata = XDocument.Load(nuspec).Root!.Elements().Single();
    }

    public IReadOnlyList<string> Files { get; }

    /// <summary>What it depends on: id and least version.</summary>
    public IReadOnlyDictionary<string, string> Dependencies => _metadata.Descendants()
        .Where(static element => element.Name.LocalName == "dependency")
        .ToDictionary(static element => (string)element.Attribute("id")!, static element => (string)element.Attribute("version")!, StringComparer.Ordinal);

    public string Metadata(string name) =>
        _metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    public byte[] Read(string path)
    {
        using var zip = ZipFile.OpenRead(_file);
        using var entry = zip.GetEntry(path)!.Open();
        using var copy = new MemoryStream();
        entry.CopyTo(copy);
        return copy.ToArray();
    }
}
