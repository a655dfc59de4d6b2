using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Routing.IntegrationTests.Packaging;

/// <summary>A web service that <c>dotnet run</c> builds and starts, on a free port. Disposing ends it and all it started.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    // Restore and build of a small project take seconds; this is for a machine that does many things besides.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly Regex Listening = new(@"Now listening on: (?<url>http://\S+)", RegexOptions.None, TimeSpan.FromSeconds(1));

    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private RunningService(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) => _url.TrySetException(new InvalidOperationException("The service ended before it listened."));
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What it and its build have written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Builds and starts the project in the folder, and returns when it listens.</summary>
    public static async Task<RunningService> StartAsync(string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        // Build servers that stay behind would be processes left by a test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        var service = new RunningService(new Process { StartInfo = start, EnableRaisingEvents = true });
        try
        {
            await service.ListenAsync();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ListenAsync()
    {
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            Url = new Uri(await _url.Task.WaitAsync(Patience));
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException)
        {
            Assert.Fail($"{error.Message}\n{Output}");
        }
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (Listening.Match(line) is { Success: true } match)
        {
            _url.TrySetResult(match.Groups["url"].Value);
        }
    }
}
