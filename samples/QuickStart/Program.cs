using System.Runtime.InteropServices;
using QuickStart;
using Spectre.Console;

// The tour of the library: embedded SQLite by default, a real PostgreSQL primary with two standbys with --postgres,
// a real MariaDB primary with a replica with --mariadb. With --engines the same program runs on all three and is compared.
// With --trace it ends with the trace of everything it did.
if (args.Except(["--postgres", "--mariadb", "--engines", "--trace"]).Any() || args.Count(static arg => arg != "--trace") > 1)
{
    Console.Error.WriteLine("Usage: dotnet run --project samples/QuickStart [-- [--postgres | --mariadb | --engines] [--trace]]");
    return 2;
}

if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 150;
    AnsiConsole.Profile.Capabilities.Ansi = false;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
try
{
    if (args.Contains("--engines"))
    {
        return await EngineComparison.RunAsync(stop.Token) == 0 ? 0 : 1;
    }

    await using var databases = args.Contains("--postgres")
        ? await Databases.OnPostgreSqlAsync(stop.Token)
        : args.Contains("--mariadb")
        ? await Databases.OnMariaDbAsync(stop.Token)
        : Databases.OnSqlite();
    using var trace = args.Contains("--trace") ? new TraceTree() : null;
    await new Tour(databases).RunAsync(stop.Token);
    trace?.Print();
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}

void OnSignal(PosixSignalContext signal)
{
    // The process ends by itself once everything it started is stopped.
    signal.Cancel = true;
    stop.Cancel();
}
