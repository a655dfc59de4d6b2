namespace Routing.Benchmarks.Figures;

/// <summary>
/// One number the project states about itself: what is measured, against what, and how it is set up. Constructors do
/// nothing; <see cref="SetUpAsync"/> opens what <see cref="CleanUpAsync"/> closes. The class summary says which question it answers.
/// </summary>
internal abstract class Figure : IAsyncDisposable
{
    /// <summary>Its name on the command line: lower case, words joined by <c>-</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it is measured against, in a few words; <c>none</c> for nothing.</summary>
    public abstract string Peer { get; }

    public virtual ValueTask SetUpAsync() => default;

    public abstract Task<FigureResult> MeasureAsync();

    /// <summary>Does once what <see cref="MeasureAsync"/> would time, to see that it works.</summary>
    public abstract ValueTask RunOnceAsync();

    public ValueTask DisposeAsync() => CleanUpAsync();

    /// <summary>Closes what set-up opened, also when it stopped half-way.</summary>
    protected virtual ValueTask CleanUpAsync() => default;
}
