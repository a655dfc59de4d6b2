namespace Routing.ConformanceTests;

/// <summary>A table of one test.</summary>
/// <param name="Name">Its name, for plain texts.</param>
public sealed record Table(string Name)
{
    /// <summary>Its name, for interpolated texts.</summary>
    public RawSql Raw { get; } = Sql.Raw(Name);
}

/// <summary>A row of <see cref="ConformanceDatabase.ItemsAsync"/>.</summary>
public sealed record Item(long Id, string? Name, long Amount);
