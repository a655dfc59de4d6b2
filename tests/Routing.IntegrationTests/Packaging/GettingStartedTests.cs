using System.Text;
using System.Text.RegularExpressions;
using Routing.Testing;
using Routing.UnitTests.Docs;

namespace Routing.IntegrationTests.Packaging;

/// <summary>
/// Follows docs/guide/getting-started.md as a newcomer would: makes its files in an empty folder, runs its commands in their
/// order, and compares what they print with what the page shows. Replaced are only the folder of the packages, the addresses
/// of the databases and the port of the service.
/// </summary>
[Collection(PackagesCollection.Name)]
public sealed class GettingStartedTests(PackedSolution packed, PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>, IAsyncLifetime
{
    private const string Page = "docs/guide/getting-started.md";

    // What the page packs with. The fixture has done it, from what was built.
    private const string Pack = "dotnet pack Routing.sln -c Release -o ~/routing-packages";

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(60) };

    private readonly string _folder = Directory.CreateTempSubdirectory("routing-getting-started-").FullName;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private RunningService? _service;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Following_the_page_gives_a_service_that_reads_from_the_replica_and_writes_to_the_primary()
    {
        PutPackagesAside();
        var blocks = Markdown.Blocks(Page).ToList();
        for (var i = 0; i < blocks.Count; i++)
        {
            var shown = i + 1 < blocks.Count && blocks[i + 1].Language == "text" ? blocks[i + 1].Text : null;
            await FollowAsync(blocks[i], shown);
        }

        Assert.NotNull(_service);
        Assert.Equal(
            packed.Packages["Routing.Core"].Read("lib/net10.0/Routing.Core.dll"),
            await File.ReadAllBytesAsync(Path.Combine(_folder, "bin/Debug/net10.0/Routing.Core.dll")));
    }

    private async Task FollowAsync(CodeBlock block, string? shown)
    {
        switch (block)
        {
            case { Mark: "file", Name: { } name }:
                await File.WriteAllTextAsync(Path.Combine(_folder, name), block.Text.Replace("%HOME%/routing-packages", packed.Folder, StringComparison.Ordinal));
                break;
            case { Language: "sql" }:
                await database.ExecuteAsync(block.Text);
                break;
            case { Language: "sh" }:
                foreach (var line in block.Text.Split('\n'))
                {
                    await RunAsync(block, line, shown);
                }

                break;
            default:
                // What is printed, a diagram, a compiled snippet, a configuration that is validated elsewhere.
                Assert.True(block.Mark == "snippet" || block.Language is "text" or "mermaid" or "json", $"{block.Place}: nothing follows this block.");
                break;
        }
    }

    private async Task RunAsync(CodeBlock block, string line, string? shown)
    {
        switch (line.Split(' ')[0])
        {
            case "dotnet" when line == Pack:
            case "mkdir" or "cd":
                break;
            case "export":
                var name = line["export ".Length..line.IndexOf('=', StringComparison.Ordinal)];
                _environment[name] = name.EndsWith("_A", StringComparison.Ordinal) ? database.Primary : database.Standbys[0];
                break;
            case "dotnet" when line.StartsWith("dotnet run", StringComparison.Ordinal):
                _service = await RunningService.StartAsync(_folder, line.Split(' ')[1..], _environment);
                break;
            case "curl":
                Assert.NotNull(shown);
                await CallAsync(block, line, shown);
                break;
            default:
                Assert.Fail($"{block.Place}: the test does not know how to follow '{line}'.");
                break;
        }
    }

    private async Task CallAsync(CodeBlock block, string curl, string shown)
    {
        var call = Regex.Match(
            curl, "^curl (?<post>-X POST )?http://localhost:5000(?<path>/\\S*)( -H \"Content-Type: (?<type>[^\"]+)\" -d '(?<body>[^']+)')?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(call.Success, $"{block.Place}: the test does not know how to follow '{curl}'.");
        var url = new Uri(_service!.Url, call.Groups["path"].Value);
        if (call.Groups["post"].Success)
        {
            using var body = new StringContent(call.Groups["body"].Value, Encoding.UTF8, call.Groups["type"].Value);
            using var answer = await Client.PostAsync(url, body);
            Assert.Equal(shown, await answer.Content.ReadAsStringAsync());
            return;
        }

        // Right after a write the page says "for a moment"; the monitors see the replica's position within their second.
        var last = "";
        try
        {
            await Eventually.HoldsAsync($"{block.Place} shows what the service answers", async () =>
            {
                last = await (await Client.GetAsync(url)).Content.ReadAsStringAsync();
                return last == shown;
            });
        }
        catch (Xunit.Sdk.FailException error)
        {
            Assert.Fail($"{error.Message}\nShown:  {shown}\nAnswer: {last}\n{_service.Output}");
        }
    }

    // Packages of the same version that somebody made before are somewhere in the user's folder. The service gets a folder
    // of its own; everything else is found in the user's, so that nothing is downloaded.
    private void PutPackagesAside()
    {
        var users = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        _environment["NUGET_FALLBACK_PACKAGES"] = users;
    }
}
