using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>The table that a bulk insert goes into, and where it is.</summary>
/// <param name="Name">As its caller named it.</param>
/// <param name="Quoted">As it stands in SQL.</param>
/// <param name="Node">The node, as errors call it.</param>
/// <param name="Dialect">How its engine writes names.</param>
/// <param name="Driver">The node's driver.</param>
internal sealed record BulkTarget(string Name, string Quoted, string Node, Dialect Dialect, IDriver Driver);
