namespace Routing.Configuration;

/// <summary>Supplies credentials that change (cloud tokens, rotated passwords). Thread-safe: called by every physical open of the data source.</summary>
public interface ICredentialProvider
{
    /// <summary>
    /// The credentials for a node. Cached until <see cref="NodeCredentials.ExpiresAt"/>; when the server refuses the log-in,
    /// the cached ones are dropped and this is called once more. What it throws fails the open.
    /// </summary>
    /// <param name="dataSource">The data source's name.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="cancellationToken">Cancelled at the connect deadline.</param>
    ValueTask<NodeCredentials> GetAsync(string dataSource, string node, CancellationToken cancellationToken);
}

/// <summary>A user name and password. <see cref="object.ToString"/> shows neither.</summary>
/// <param name="UserName">The user; null keeps the connection string's.</param>
/// <param name="Password">The password or token.</param>
/// <param name="ExpiresAt">When they end; null for never.</param>
public sealed record NodeCredentials(string? UserName, string Password, DateTimeOffset? ExpiresAt = null)
{
    /// <inheritdoc/>
    public override string ToString() => "NodeCredentials { *** }";
}
