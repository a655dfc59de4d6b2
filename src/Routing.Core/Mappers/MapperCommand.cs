using System.Data;

namespace Routing.Mappers;

/// <summary>One command as a mapper sees it: whole, in one value.</summary>
/// <param name="Text">The SQL.</param>
/// <param name="Arguments">An object whose members are the parameters, a dictionary, <see cref="Primitives.PositionalValues"/>, or null.</param>
/// <param name="CommandType">Text or stored procedure.</param>
/// <param name="TimeoutSeconds">Seconds; 0 means no limit.</param>
internal readonly record struct MapperCommand(string Text, object? Arguments, CommandType CommandType, int TimeoutSeconds)
{
    /// <summary>
    /// Whether rows that nobody wants are read past instead of cancelled: inside a transaction a cancel would end it on
    /// engines that treat a cancelled statement as a failed one.
    /// </summary>
    public bool DrainsWhenLeft { get; init; }
}
