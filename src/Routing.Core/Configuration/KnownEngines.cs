namespace Routing.Configuration;

/// <summary>What the validator needs to know of a registered engine.</summary>
/// <param name="Name">What <c>Provider</c> says.</param>
/// <param name="Rules">Its connection strings.</param>
internal sealed record EngineRules(string Name, ConnectionStringRules Rules);

/// <summary>The engines that this project ships, so that an error can name the package that is missing.</summary>
internal static class KnownEngines
{
    public static IReadOnlyList<string> Names { get; } = ["PostgreSql", "SqlServer", "Sqlite"];

    /// <summary>What to do to register an engine, e.g. <c>call AddSqlite() of the package Routing.Providers.Sqlite</c>.</summary>
    public static string HowToAdd(string name) => $"call Add{name}() of the package Routing.Providers.{name}";
}
