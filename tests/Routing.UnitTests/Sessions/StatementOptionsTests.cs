using System.Data;
using Routing.Configuration;

namespace Routing.UnitTests.Sessions;

/// <summary>The ranges of the options of one call.</summary>
public sealed class StatementOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(86_400)]
    public void A_timeout_in_its_range_is_taken(int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new StatementOptions { Timeout = TimeSpan.FromSeconds(seconds) }.Timeout);

    [Theory]
    [InlineData("-00:00:01")]
    [InlineData("00:00:00.9990000")]
    [InlineData("1.00:00:01")]
    [InlineData("-00:00:00.0010000")]
    public void A_timeout_out_of_its_range_is_refused(string timeout)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new StatementOptions { Timeout = TimeSpan.Parse(timeout, null) });
        Assert.Equal(
            $"A statement's time-out is 1 second to 24 hours, or zero for none; null takes 'Timeouts:Command'. (Parameter 'value'){Environment.NewLine}Actual value was {timeout}.",
            error.Message);
    }

    [Fact]
    public void Values_that_are_none_of_their_kind_are_refused()
    {
        Assert.Equal(
            $"An intent is Read or Write; null lets the statement's class decide. (Parameter 'value'){Environment.NewLine}Actual value was 7.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new StatementOptions { Intent = (Intent)7 }).Message);
        Assert.Equal(
            $"A consistency is Any or ReadYourWrites; null takes 'Reads:Consistency'. (Parameter 'value'){Environment.NewLine}Actual value was 7.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new StatementOptions { Consistency = (ConsistencyLevel)7 }).Message);
        Assert.Equal(
            $"A command is Text or StoredProcedure; a table is read by SELECT. (Parameter 'value'){Environment.NewLine}Actual value was TableDirect.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new StatementOptions { CommandType = CommandType.TableDirect }).Message);
    }
}
