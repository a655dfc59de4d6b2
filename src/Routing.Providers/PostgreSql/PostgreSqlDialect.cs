using System.Text;

namespace Routing.Providers.PostgreSql;

/// <summary>What PostgreSQL writes its own way.</summary>
internal sealed class PostgreSqlDialect : Dialect
{
    public static readonly PostgreSqlDialect Instance = new();

    private PostgreSqlDialect()
    {
    }

    /// <summary>NAMEDATALEN less its end. The server cuts longer names off with nothing but a notice, so that two can become one.</summary>
    public override int MaxNameLength => 63;

    /// <summary>The protocol counts them by sixteen bits.</summary>
    public override int MaxParameters => 65_535;

    public override bool SupportsArrays => true;

    // Not now(), which stands still for a whole transaction.
    public override RawSql UtcNow => Sql.Raw("statement_timestamp()");

    protected override string Engine => "PostgreSQL";

    protected override string LengthUnit => "bytes";

    public override RowLock LockRows(WhenLocked whenLocked = WhenLocked.Wait) => new(
        Sql.Raw(""),
        Sql.Raw(whenLocked switch
        {
            WhenLocked.Skip => "for update skip locked",
            WhenLocked.Fail => "for update nowait",
            _ => "for update",
        }));

    protected override int LengthOf(string name) => Encoding.UTF8.GetByteCount(name);

    protected override SqlFragment WriteJsonText(RawSql document, ReadOnlySpan<string> path)
    {
        var names = path.ToArray();
        return Sql.Format($"(({document})::jsonb #>> {names})");
    }
}
