using Microsoft.Extensions.Logging;

namespace Routing.Diagnostics;

/// <summary>The log events of Routing.Core, numbered; one file per folder that logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1900, LogLevel.Error,
        "The background loop {Loop} failed ({FailuresInARow} in a row); it goes on and runs again in {DelayMs} ms. Not logged since the last such message: {Suppressed}.")]
    public static partial void LoopFailed(ILogger logger, Exception error, string loop, int failuresInARow, long delayMs, long suppressed);
}
