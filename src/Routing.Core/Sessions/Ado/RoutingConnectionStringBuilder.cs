using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Routing;

/// <summary>
/// The connection string of a routed connection, which holds nothing but its data source's name: <c>Routing=orders</c>.
/// Where that goes is configured. Not thread-safe.
/// </summary>
#pragma warning disable CA1010, CA1710 // ADO.NET's builders are untyped collections of this name
public sealed class RoutingConnectionStringBuilder : DbConnectionStringBuilder
#pragma warning restore CA1010, CA1710
{
    private const string Keyword = "Routing";

    /// <summary>The data source's name under <c>Routing:DataSources</c>; null when not set. Default null.</summary>
    public string? DataSource
    {
        get => TryGetValue(Keyword, out var name) ? (string)name : null;
        set => this[Keyword] = value;
    }

    /// <summary>There is no other keyword.</summary>
    public override bool IsFixedSize => true;

    /// <summary>The value of <c>Routing</c>, the only keyword.</summary>
    /// <param name="keyword"><c>Routing</c>, in any case.</param>
    /// <exception cref="ArgumentException">It is another keyword.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => base[Checked(keyword)];
        set => base[Checked(keyword)] = value is null ? null : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Checked(string keyword)
    {
        ArgumentNullException.ThrowIfNull(keyword);
        return keyword.Equals(Keyword, StringComparison.OrdinalIgnoreCase)
            ? Keyword
            : throw new ArgumentException($"'{keyword}' is no keyword of a routed connection string; the only one is '{Keyword}', the name of a data source. Servers are configured under 'Routing:DataSources'.", nameof(keyword));
    }
}
