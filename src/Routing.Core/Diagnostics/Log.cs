using Microsoft.Extensions.Logging;

namespace Routing.Diagnostics;

/// <summary>The log events of Routing.Core. Numbers never change their meaning: 1000-1099 are configuration.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "The Routing configuration changed: {Live} change(s) applied, {Refused} waiting for a restart.")]
    public static partial void ConfigurationReloaded(ILogger logger, int live, int refused);

    [LoggerMessage(1001, LogLevel.Information, "{Path}: {Change}.")]
    public static partial void ConfigurationChanged(ILogger logger, string path, string change);

    [LoggerMessage(1002, LogLevel.Warning, "{Path}: {Change}, which needs a restart; until then the running value stays.")]
    public static partial void ConfigurationNeedsRestart(ILogger logger, string path, string change);

    [LoggerMessage(1003, LogLevel.Error, "The changed Routing configuration cannot be used; the running one stays. {Problems}")]
    public static partial void ConfigurationRefused(ILogger logger, string problems);

    [LoggerMessage(1004, LogLevel.Error, "The changed Routing configuration could not be read; the running one stays.")]
    public static partial void ConfigurationReloadFailed(ILogger logger, Exception error);

    [LoggerMessage(1005, LogLevel.Warning, "{Path}: the key \"{Key}\" of the connection string is overridden; {Advice}.")]
    public static partial void ConnectionStringKeyOverridden(ILogger logger, string path, string key, string advice);

    [LoggerMessage(1006, LogLevel.Error, "A listener of the changed Routing configuration failed; the change itself is in force.")]
    public static partial void ConfigurationListenerFailed(ILogger logger, Exception error);
}
