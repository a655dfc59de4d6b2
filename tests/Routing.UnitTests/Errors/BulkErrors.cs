using Routing.Diagnostics;
using Routing.Drivers;
using Routing.Testing;
using static Routing.UnitTests.Errors.Provocations;

namespace Routing.UnitTests.Errors;

internal static class BulkErrors
{
    private static readonly OrderLine[] Two = [new(1, 10), new(2, 20)];

    [Provokes(ErrorCodes.BulkRowRefused)]
    public static Task<Exception> A_key_that_is_there() => LoadAsync(
        Two,
        static command => command.Parameters.Cast<System.Data.Common.DbParameter>().Any(static parameter => parameter.Value is 2L)
            ? throw new FakeDbException("the key is there.", ErrorClass.Statement)
            : FakeResult.Changed(command.Parameters.Count / 2));

    [Provokes(ErrorCodes.BulkRowRefused)]
    public static Task<Exception> Rows_that_are_refused_together_only() => LoadAsync(
        Two,
        static command => command.Parameters.Count > 2 ? throw new FakeDbException("together they are too many", ErrorClass.Statement) : FakeResult.Changed(1));

    [Provokes(ErrorCodes.BulkRowRefused)]
    public static Task<Exception> A_member_that_throws() => LoadAsync([new OrderLine(1, null)], static _ => FakeResult.Changed(1));

    [Provokes(ErrorCodes.BulkCountDiffers)]
    public static Task<Exception> A_row_that_is_skipped() => LoadAsync(Two, static _ => FakeResult.Changed(1));

    [Provokes(ErrorCodes.BulkColumnsUnfit)]
    public static Task<Exception> A_member_without_a_column() => LoadAsync(Two, static _ => FakeResult.Changed(2), "customer");

    private static async Task<Exception> LoadAsync(OrderLine[] rows, Func<FakeDbCommand, FakeResult> insert, string second = "total")
    {
        await using var orders = new OrdersFixture();
        orders.Drivers[0].ClassOfOthers = ErrorClass.Statement;
        orders.Drivers[0].Answer = command => command.CommandText.StartsWith("SELECT", StringComparison.Ordinal)
            ? new FakeResult(["id", second], [typeof(long), typeof(long)], [])
            : insert(command);
        return await ThrownAsync(async () => await orders.Db.BulkInsertAsync("orders", rows));
    }

    internal sealed class OrderLine(long id, long? total)
    {
        public long Id => id;

        public long Total => total ?? throw new InvalidDataException("no total");
    }
}
