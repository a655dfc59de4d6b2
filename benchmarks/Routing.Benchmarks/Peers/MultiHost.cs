using System.Data.Common;
using Npgsql;

namespace Routing.Benchmarks.Peers;

/// <summary>
/// Npgsql's own routing: Dapper over <see cref="NpgsqlMultiHostDataSource"/>, reads to a standby, writes to the primary,
/// chosen by the caller at each call. Hosts are taken in turn, as Routing spreads its reads.
/// </summary>
internal sealed class MultiHost : DapperPeer
{
    public const string Label = "Dapper over NpgsqlMultiHostDataSource, PreferStandby, Load Balance Hosts";

    private readonly NpgsqlMultiHostDataSource _source;
    private readonly NpgsqlDataSource _reads;
    private readonly NpgsqlDataSource _writes;

    /// <param name="nodes">One connection string per node; they differ in host and port only.</param>
    public MultiHost(IReadOnlyList<string> nodes)
    {
        var parts = nodes.Select(static node => new NpgsqlConnectionStringBuilder(node)).ToList();
        var all = new NpgsqlDataSourceBuilder(nodes[0]);
        all.ConnectionStringBuilder.Host = string.Join(',', parts.Select(static part => $"{part.Host}:{part.Port}"));
        all.ConnectionStringBuilder.LoadBalanceHosts = true;
        _source = all.BuildMultiHost();
        _reads = _source.WithTargetSession(TargetSessionAttributes.PreferStandby);
        _writes = _source.WithTargetSession(TargetSessionAttributes.Primary);
    }

    public override string Name => Label;

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async ValueTask<DbConnection> OpenToReadAsync() => await _reads.OpenConnectionAsync();

    protected override async ValueTask<DbConnection> OpenToWriteAsync() => await _writes.OpenConnectionAsync();
}
