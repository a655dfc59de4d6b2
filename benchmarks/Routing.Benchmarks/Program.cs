using BenchmarkDotNet.Running;
using Routing.Benchmarks.Figures;

if (args is ["figures", .. var names])
{
    return await FigureRunner.RunAsync(FigureCatalog.All, names, Console.Out, Console.Error);
}

if (args.Length > 0)
{
    BenchmarkSwitcher.FromAssembly(typeof(FigureRunner).Assembly).Run(args);
    return 0;
}

await Console.Error.WriteLineAsync("""
    figures [name...]    measures the named figures, or all, and prints one line for each
    --filter <pattern>   runs BenchmarkDotNet suites
    """);
return 2;
