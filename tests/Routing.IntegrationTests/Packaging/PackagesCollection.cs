namespace Routing.IntegrationTests.Packaging;

/// <summary>The tests of packages: packed once for all of them, and never by two at a time, because pack writes below obj.</summary>
[CollectionDefinition(Name)]
public sealed class PackagesCollection : ICollectionFixture<PackedSolution>
{
    public const string Name = "Packages";
}
