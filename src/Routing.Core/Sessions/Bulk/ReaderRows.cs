using System.Data.Common;
using Routing.Drivers;

namespace Routing.Sessions;

/// <summary>
/// Rows of a reader. Each value goes as the object it is: some engines' columns hold values of several types, and a typed
/// read would turn what does not fit into zero. The reader stays its caller's. Not thread-safe.
/// </summary>
internal sealed class ReaderRows(IReadOnlyList<int> fields, DbDataReader reader, CancellationToken cancellationToken) : BulkRows
{
    private readonly BulkWriter<object>[] _writers = new BulkWriter<object>[fields.Count];

    public override void Bind(IBulkWriters writers)
    {
        for (var i = 0; i < _writers.Length; i++)
        {
            _writers[i] = writers.Create<object>(i);
        }
    }

    public override async ValueTask WriteAsync()
    {
        for (var i = 0; i < _writers.Length; i++)
        {
            Column = i;
            var value = reader.GetValue(fields[i]);
            if (value is DBNull)
            {
                await _writers[i].WriteNullAsync().ConfigureAwait(false);
            }
            else
            {
                await _writers[i].WriteAsync(value).ConfigureAwait(false);
            }
        }

        Column = -1;
        IsInHand = false;
    }

    public override ValueTask DisposeAsync() => default;

    internal override ValueTask CloseAsync(bool async) => default;

    private protected override ValueTask<bool> MoveAsync(bool async) => async ? new(reader.ReadAsync(cancellationToken)) : new(reader.Read());
}
