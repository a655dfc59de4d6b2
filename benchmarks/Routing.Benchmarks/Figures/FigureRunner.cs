namespace Routing.Benchmarks.Figures;

/// <summary>Measures figures one after another and prints a line for each. Returns 0, 1 when a figure failed, 2 when a name is unknown.</summary>
internal static class FigureRunner
{
    public static async Task<int> RunAsync(
        IReadOnlyList<Figure> all, IReadOnlyList<string> names, TextWriter output, TextWriter errors, Action<FigureResult>? measured = null)
    {
        var unknown = names.Where(name => !all.Any(figure => figure.Name == name)).ToList();
        if (unknown.Count > 0)
        {
            await errors.WriteLineAsync($"Unknown figure: {string.Join(", ", unknown)}. Figures: {string.Join(", ", all.Select(static f => f.Name))}.");
            return 2;
        }

        var failed = false;
        foreach (var figure in all.Where(figure => names.Count == 0 || names.Contains(figure.Name)))
        {
            failed |= !await TryRunAsync(figure, output, errors, measured);
        }

        return failed ? 1 : 0;
    }

    private static async Task<bool> TryRunAsync(Figure figure, TextWriter output, TextWriter errors, Action<FigureResult>? measured)
    {
        try
        {
            await using (figure)
            {
                await figure.SetUpAsync();

                // What set-up left behind is not the figure's to collect.
                GC.Collect();
                GC.WaitForPendingFinalizers();
                var result = await figure.MeasureAsync();
                await output.WriteLineAsync(result.ToLine());
                measured?.Invoke(result);
                return true;
            }
        }
        catch (Exception error)
        {
            await errors.WriteLineAsync($"Figure {figure.Name} failed: {error}");
            return false;
        }
    }
}
