namespace Routing.Pools;

/// <summary>Who is served first when several wait for a connection. What is idle goes to whoever comes first, whatever its priority.</summary>
internal enum RentPriority
{
    High = 0,
    Normal = 1,
    Low = 2,
}
