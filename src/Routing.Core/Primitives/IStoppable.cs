using System.Data.Common;

namespace Routing.Primitives;

/// <summary>A command whose reader can be ended before all of its rows were read, without reading them all.</summary>
internal interface IStoppable
{
    /// <summary>Ends the reader, within bounds. False when it did not end: it must not be touched any more.</summary>
    ValueTask<bool> StopAsync(DbDataReader reader, bool async);
}
