using Routing.Providers.PostgreSql;

namespace Routing.UnitTests.Providers.PostgreSql;

public sealed class LsnPositionTests
{
    private const ulong Page = 0x3_0001_2000;
    private const ulong Segment = 0x3_0100_0000;

    [Theory]
    // A position covers what is not after it on no newer timeline.
    [InlineData(1, Page + 100, 1, Page + 100, true)]
    [InlineData(1, Page + 100, 1, Page + 99, true)]
    [InlineData(1, Page + 100, 1, Page + 101, false)]
    [InlineData(2, Page + 100, 1, Page + 100, true)]
    [InlineData(1, Page + 100, 2, Page + 100, false)]
    // An unknown timeline compares by place.
    [InlineData(0, Page + 100, 2, Page + 100, true)]
    [InlineData(0, Page + 99, 2, Page + 100, false)]
    // Just behind a page's header means the page's start; behind a segment's it is a longer one.
    [InlineData(1, Page, 1, Page + 24, true)]
    [InlineData(1, Page - 1, 1, Page + 24, false)]
    [InlineData(1, Page, 1, Page + 25, false)]
    [InlineData(1, Page, 1, Page + 40, false)]
    [InlineData(1, Segment, 1, Segment + 40, true)]
    [InlineData(1, Segment - 8, 1, Segment + 40, false)]
    [InlineData(1, Segment, 1, Segment + 48, false)]
    public void A_position_covers_another(uint timeline, ulong lsn, uint requiredTimeline, ulong requiredLsn, bool covers)
    {
        Assert.Equal(covers, new LsnPosition(timeline, lsn).Covers(new LsnPosition(requiredTimeline, requiredLsn)));
    }

    [Fact]
    public void A_position_is_shown_as_the_server_shows_it()
    {
        Assert.Equal("2:3/12018", new LsnPosition(2, 0x3_0001_2018).ToString());
        Assert.Equal(new LsnPosition(2, 7), new LsnPosition(2, 7));
        Assert.NotEqual(new LsnPosition(1, 7), new LsnPosition(2, 7));
    }

    [Fact]
    public void The_later_of_two_covers_both()
    {
        var (older, newer) = (new LsnPosition(1, 100), new LsnPosition(1, 200));

        Assert.Same(newer, older.Max(newer));
        Assert.Same(newer, newer.Max(older));
    }
}
