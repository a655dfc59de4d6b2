namespace Routing.StressTests.Pools;

/// <summary>The check of histories finds what it is for, and nothing in a history that is sound.</summary>
public sealed class HistoryCheckTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("shared", "was granted at")]
    [InlineData("returned twice", "of 2 returns of one lease 2 succeeded")]
    [InlineData("after the end", "after the pool was closed")]
    [InlineData("starved", "starved")]
    [InlineData("old", "after a clear")]
    [InlineData("overtaken", "while one that was queued before it waited")]
    [InlineData("overtaken by a cancelled one's successor", "while one that was queued before it waited")]
    public void Each_contradiction_is_found(string planted, string? expected)
    {
        var history = new History { Closed = 100 };
        history.Births[1] = 1;
        var first = new Rental { Asked = 2, Answered = 3, Connection = 1, Return = (10, 11), Returns = 1, ReturnsThatSucceeded = 1 };
        var second = new Rental { Asked = 4, Queued = 5, Answered = 12, Connection = 1, Return = (20, 21), Returns = 1, ReturnsThatSucceeded = 1 };
        var third = new Rental { Asked = 6, Queued = 7, Answered = 22, Connection = 1, Return = (30, 31), Returns = 1, ReturnsThatSucceeded = 1 };
        var cancelled = new Rental { Asked = 8, Queued = 9, Answered = 41, End = RentEnd.Cancelled, CancelBegan = 40 };
        switch (planted)
        {
            case "shared":
                first.Return = (13, 14);
                break;
            case "returned twice":
                (first.Returns, first.ReturnsThatSucceeded) = (2, 2);
                break;
            case "after the end":
                history.Closed = 1;
                break;
            case "starved":
                cancelled.End = RentEnd.Starved;
                break;
            case "old":
                history.Clears.Add((2, 3));
                break;
            case "overtaken":
                (second.Answered, second.Return) = (32, (33, 34));
                (third.Answered, third.Return) = (12, (20, 21));
                break;
            case "overtaken by a cancelled one's successor":
                history.Births[2] = 10;
                history.Rentals.Add(new Rental { Asked = 10, Answered = 15, Connection = 2, Return = (16, 17), Returns = 1, ReturnsThatSucceeded = 1 });
                break;
        }

        foreach (var rental in (Rental[])[first, second, third, cancelled])
        {
            history.Rentals.Add(rental);
        }

        var found = history.FindContradiction();
        Assert.True(expected is null ? found is null : found?.Contains(expected, StringComparison.Ordinal) == true, found);
    }
}
