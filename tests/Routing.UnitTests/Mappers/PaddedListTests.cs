using Routing.Mappers;

namespace Routing.UnitTests.Mappers;

public sealed class PaddedListTests
{
    [Fact]
    public void Lists_of_all_lengths_come_in_a_few_shapes_which_add_a_quarter_at_most_to_long_ones()
    {
        var shapes = new HashSet<int>();
        for (var count = 1; count <= PaddedList.MostParameters; count++)
        {
            var shape = PaddedList.ShapeOf(count);
            Assert.InRange(shape, count, count <= 32 ? 2 * count : count + (count / 4));
            Assert.Equal(shape, PaddedList.ShapeOf(shape));
            shapes.Add(shape);
        }

        Assert.InRange(shapes.Count, 10, 32);
        Assert.Equal(0, PaddedList.ShapeOf(0));
    }

    [Theory]
    [InlineData("select 1 where id in @p0", true)]
    [InlineData("select 1 where id not IN\r\n @p0 and more = @p01", true)]
    [InlineData("select 1 where a = @p01 and id in @p0", true)]
    [InlineData("in @p0", true)]
    [InlineData("insert into t values @p0", false)]
    [InlineData("select 1 where id = any(@p0)", false)]
    [InlineData("select plugin @p0", false)]
    [InlineData("select 1", false)]
    public void Only_behind_IN_a_value_more_means_nothing(string text, bool isPadded)
    {
        var room = 100;
        var sent = Assert.IsType<IEnumerable<object>>(PaddedList.Pad(text, "p0", new[] { "a", "b", "c" }, ref room), exactMatch: false);

        Assert.Equal(isPadded ? ["a", "b", "c", "c"] : ["a", "b", "c"], sent);
        Assert.Equal(isPadded ? 99 : 100, room);
    }

    [Fact]
    public void A_statement_that_fits_is_never_padded_until_it_does_not()
    {
        var room = 2;
        var sent = Assert.IsType<object[]>(PaddedList.Pad("id in @p0", "p0", new List<int>([1, 2, 3, 4, 5]), ref room));

        Assert.Equal([1, 2, 3, 4, 5], sent);
        Assert.Equal(2, room);
    }

    [Fact]
    public void Nothing_stays_nothing()
    {
        var room = 100;
        Assert.Empty(Assert.IsType<object[]>(PaddedList.Pad("id in @p0", "p0", Array.Empty<int>(), ref room)));
    }
}
