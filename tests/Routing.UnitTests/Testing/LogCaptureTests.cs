using Microsoft.Extensions.Logging;
using Routing.Testing;

namespace Routing.UnitTests.Testing;

public sealed class LogCaptureTests
{
    [Fact]
    public void Event_is_kept_with_text_level_and_values()
    {
        using var capture = new LogCapture(LogLevel.Information);
        var logger = capture.CreateLogger<LogCaptureTests>();

        logger.LogWarning(new EventId(7, "Lost"), "node {Node} is gone", "b");
        logger.LogDebug("below the minimum");

        var logged = Assert.Single(capture.Events);
        Assert.Equal("Warning Routing.UnitTests.Testing.LogCaptureTests[7] node b is gone", logged.ToString());
        Assert.Equal("b", logged.Values["Node"]);
        Assert.Same(logged, Assert.Single(capture.WithId(7)));
        Assert.Empty(capture.AtLeast(LogLevel.Error));
    }
}
