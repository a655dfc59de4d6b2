namespace Routing.Benchmarks.Figures;

/// <summary>Every figure there is, in the order they are printed.</summary>
internal static class FigureCatalog
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new ClockFigure(),
        new CasFigure(),
        new SameWorkFigure(),
        new TriggerFigure(),
        new SqlitePointReadFigure(),
        new PgPointReadFigure(),
        new RoutingOverheadFigure(),
        new RoutingOverheadInterpolatedFigure(),
        new TelemetryOffFigure(),
        new TelemetryOnFigure(),
    ];
}
