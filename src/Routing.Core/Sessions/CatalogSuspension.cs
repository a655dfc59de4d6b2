namespace Routing.Sessions;

/// <summary>
/// Keeps a data source's catalogs unknown while a lease may change definitions. A lease that is lost with its holder ends
/// it, too, when its connection is taken back, so that proofs do not stay off for ever.
/// </summary>
internal sealed class CatalogSuspension
{
    private CatalogWatch? _catalogs;

    public CatalogSuspension(CatalogWatch catalogs)
    {
        _catalogs = catalogs;
        catalogs.Suspend();
    }

#pragma warning disable MA0055 // See above.
    ~CatalogSuspension() => End();
#pragma warning restore MA0055

    public void End()
    {
        Interlocked.Exchange(ref _catalogs, null)?.Resume();
#pragma warning disable CA1816 // This is its dispose.
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
    }
}
