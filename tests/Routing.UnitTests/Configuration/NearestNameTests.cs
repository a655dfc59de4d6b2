using Routing.Configuration;

namespace Routing.UnitTests.Configuration;

public class NearestNameTests
{
    [Theory]
    [InlineData("MaxSzie", "MaxSize")]      // swapped neighbours
    [InlineData("maxsize", "MaxSize")]      // case
    [InlineData("MaxSiz", "MaxSize")]       // left out
    [InlineData("MaxSizes", "MaxSize")]     // too many
    [InlineData("MinIdel", "MinIdle")]
    [InlineData("Rest", "Reset")]
    [InlineData("RentTimeoutMs", "RentTimeout")]
    [InlineData("Lifetime", null)]
    [InlineData("Pool", null)]
    [InlineData("", null)]
    public void Finds_the_name_a_slip_was_meant_to_be(string found, string? expected) =>
        Assert.Equal(expected, NearestName.Of(found, ["MaxSize", "MinIdle", "RentTimeout", "Reset"]));

    [Fact]
    public void Short_names_allow_one_slip_only()
    {
        Assert.Equal("Host", NearestName.Of("Hots", ["Host"]));
        Assert.Null(NearestName.Of("Hats", ["Host"]));
    }
}
