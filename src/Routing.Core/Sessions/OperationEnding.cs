using System.Diagnostics;
using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Routes;

namespace Routing.Sessions;

/// <summary>An operation that is over, with all that telemetry tells about it.</summary>
/// <param name="Source">Its data source.</param>
/// <param name="Call">What ran.</param>
/// <param name="Summary">Its name, of bounded number.</param>
/// <param name="Route">Where it ran, or was meant to; the node is null when there was none to go to.</param>
/// <param name="Driver">The driver of that node.</param>
/// <param name="Error">What it failed with; null for success.</param>
/// <param name="StatusCode">The engine's code of the error.</param>
/// <param name="Duration">From the call to its end.</param>
/// <param name="Waited">How much of that for connections.</param>
/// <param name="Rows">Read or affected; null when not counted.</param>
internal readonly record struct OperationEnding(
    DataSourceRuntime Source,
    Call Call,
    string Summary,
    Route Route,
    IDriver? Driver,
    Exception? Error,
    string? StatusCode,
    TimeSpan Duration,
    TimeSpan Waited,
    int? Rows)
{
    /// <summary>The attributes that spans and measurements share: each is of bounded number.</summary>
    public TagList Tags()
    {
        var tags = new TagList
        {
            { Diagnostics.Tags.System, (Driver ?? Source.AnyDriver).System },
            { Diagnostics.Tags.Summary, Summary },
            { Diagnostics.Tags.DataSource, Source.Name },
        };
        AddRoute(ref tags);
        if (StatusCode is not null)
        {
            tags.Add(Diagnostics.Tags.StatusCode, StatusCode);
        }

        if (Error is not null)
        {
            tags.Add(Diagnostics.Tags.ErrorType, Error.GetType().FullName);
        }

        return tags;
    }

    private void AddRoute(ref TagList tags)
    {
        if (Source.Shards.Locate().Name is { Length: > 0 } shard)
        {
            tags.Add(Diagnostics.Tags.Shard, shard);
        }

        if (Route.Node is not { } node)
        {
            return;
        }

        tags.Add(Diagnostics.Tags.Node, node.Name);
        tags.Add(Diagnostics.Tags.Role, node.Role.ToString());
        tags.Add(Diagnostics.Tags.Reason, Route.Reason.ToString());
        var endpoint = Driver?.Endpoint ?? NodeEndpoint.Unknown;
        if (endpoint.Namespace is not null)
        {
            tags.Add(Diagnostics.Tags.Namespace, endpoint.Namespace);
        }

        if (endpoint.Address is not null)
        {
            tags.Add(Diagnostics.Tags.ServerAddress, endpoint.Address);
        }

        if (endpoint.Port is { } port)
        {
            tags.Add(Diagnostics.Tags.ServerPort, port);
        }
    }
}
