namespace Routing.Sessions;

/// <summary>
/// The readers of a routed connection that are not closed yet, for whoever must close them first. They are linked to each
/// other, as there is hardly ever more than one. Not thread-safe.
/// </summary>
internal struct OpenReaders
{
    private RoutingDataReader? _newest;

    public void Add(RoutingDataReader reader)
    {
        reader.Next = _newest;
        _newest = reader;
    }

    public void Remove(RoutingDataReader reader)
    {
        if (_newest == reader)
        {
            _newest = reader.Next;
            return;
        }

        for (var other = _newest; other is not null; other = other.Next)
        {
            if (other.Next == reader)
            {
                other.Next = reader.Next;
                return;
            }
        }
    }

    /// <summary>Those of a connection that was closed under them read nothing any more.</summary>
    public void Forget() => _newest = null;

    /// <summary>The one opened last; null for none.</summary>
    public readonly RoutingDataReader? Newest => _newest;
}
