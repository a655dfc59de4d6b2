using BenchmarkDotNet.Running;
using Routing.Benchmarks.Figures;
using Routing.Benchmarks.Reports;

switch (args)
{
    case ["figures", .. var names]:
        return await FigureRunner.RunAsync(FigureCatalog.All, names, Console.Out, Console.Error);

    case ["report", .. var arguments]:
        return await ReportCommand.RunAsync(arguments, Console.Out, Console.Error);

    case ["render", .. var directories]:
        return await ReportCommand.RenderAsync(directories);

    case [_, ..]:
        BenchmarkSwitcher.FromAssembly(typeof(FigureRunner).Assembly).Run(args, SuiteRuns.Config);
        return 0;

    default:
        await Console.Error.WriteLineAsync($"""
            figures [name...]    measures the named figures, or all, and prints one line for each
            --filter <pattern>   runs BenchmarkDotNet suites
            {ReportCommand.Usage}
            """);
        return 2;
}
