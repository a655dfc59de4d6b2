using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>Rows that are objects, enumerated once. Not thread-safe.</summary>
internal sealed class MemberRows<T> : BulkRows
{
    private readonly BulkMember<T>[] _members;
    private readonly IEnumerator<T>? _rows;
    private readonly IAsyncEnumerator<T>? _asyncRows;
    private BulkCell<T>[] _cells = [];

    public MemberRows(BulkMember<T>[] members, IEnumerator<T> rows)
    {
        _members = members;
        _rows = rows;
    }

    public MemberRows(BulkMember<T>[] members, IAsyncEnumerator<T> rows)
    {
        _members = members;
        _asyncRows = rows;
    }

    public override void Bind(IBulkWriters writers)
    {
        _cells = new BulkCell<T>[_members.Length];
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i] = _members[i].Bind(writers, i);
        }
    }

    public override ValueTask WriteAsync()
    {
        var row = _rows is null ? _asyncRows!.Current : _rows.Current;
        if (row is null)
        {
            throw new InvalidDataException("it is null");
        }

        for (var i = 0; i < _cells.Length; i++)
        {
            Column = i;
            var written = _cells[i].WriteAsync(row);
            if (!written.IsCompletedSuccessfully)
            {
                return WriteRestAsync(written, row, i);
            }
        }

        Column = -1;
        IsInHand = false;
        return default;
    }

    public override ValueTask DisposeAsync() => CloseAsync(async: true);

    internal override ValueTask CloseAsync(bool async)
    {
        _rows?.Dispose();
        return _asyncRows?.DisposeAsync() ?? default;
    }

    private protected override ValueTask<bool> MoveAsync(bool async) => _rows is null ? _asyncRows!.MoveNextAsync() : new(_rows.MoveNext());

    private async ValueTask WriteRestAsync(ValueTask written, T row, int at)
    {
        await written.ConfigureAwait(false);
        while (++at < _cells.Length)
        {
            Column = at;
            await _cells[at].WriteAsync(row).ConfigureAwait(false);
        }

        Column = -1;
        IsInHand = false;
    }
}
