using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Routing.Diagnostics;

namespace Routing.Configuration;

/// <summary>
/// The running configuration. Loads and validates once, when it is made; afterwards follows the section and applies what
/// can change live. Unlike the framework's monitor it never shows an invalid state and never throws after start-up: a bad
/// edit is logged and the running options stay. Thread-safe; <see cref="CurrentValue"/> is replaced whole.
/// </summary>
internal sealed class RoutingOptionsMonitor : IOptionsMonitor<RoutingOptions>, IDisposable
{
    private readonly Lock _reloading = new();
    private readonly IOptionsFactory<RoutingOptions> _factory;
    private readonly ConfigurationSource _source;
    private readonly ILogger _logger;
    private readonly ChangeWatcher? _watcher;
    private RoutingOptions _current;
    private ImmutableList<Action<RoutingOptionsReload>> _listeners = [];

    /// <exception cref="RoutingConfigurationException">The configuration has problems.</exception>
    public RoutingOptionsMonitor(
        IOptionsFactory<RoutingOptions> factory, ConfigurationSource source, IReadOnlyList<EngineRules> engines, TimeProvider time, ILogger logger)
    {
        _factory = factory;
        _source = source;
        _logger = logger;

        // The subscription comes first, so that a change during loading is seen as one.
        _watcher = source.Section is { } section ? new ChangeWatcher(section.GetReloadToken, time, Reload) : null;
        try
        {
            _current = factory.Create(Options.DefaultName);
        }
        catch
        {
            _watcher?.Dispose();
            throw;
        }

        LogOverriddenKeys(_current, engines);
    }

    public RoutingOptions CurrentValue => Volatile.Read(ref _current);

    public RoutingOptions Get(string? name) =>
        string.IsNullOrEmpty(name) ? CurrentValue : throw new ArgumentException("RoutingOptions has no named instances.", nameof(name));

    public IDisposable OnChange(Action<RoutingOptions, string?> listener) => OnReload(reload => listener(reload.Effective, Options.DefaultName));

    /// <summary>
    /// Calls back after each reload that changed something live, on a timer's thread, one at a time, with the differences.
    /// What a listener throws is logged and does not reach the others.
    /// </summary>
    public IDisposable OnReload(Action<RoutingOptionsReload> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, static (all, added) => all.Add(added), listener);
        return new Subscription(() => ImmutableInterlocked.Update(ref _listeners, static (all, gone) => all.Remove(gone), listener));
    }

    public void Dispose() => _watcher?.Dispose();

    /// <summary>Loads the configuration anew. Never throws.</summary>
    internal void Reload()
    {
        lock (_reloading)
        {
            try
            {
                Apply(RoutingOptionsReload.Compare(_source.Path, CurrentValue, _factory.Create(Options.DefaultName)));
            }
            catch (RoutingConfigurationException e)
            {
                Log.ConfigurationRefused(_logger, e.Message);
            }
            catch (Exception e)
            {
                // The user's own set-up code runs in here.
                Log.ConfigurationReloadFailed(_logger, Secrets.Hide(e));
            }
        }
    }

    private void Apply(RoutingOptionsReload reload)
    {
        if (reload.Live.Count + reload.Refused.Count == 0)
        {
            return;
        }

        Log.ConfigurationReloaded(_logger, reload.Live.Count, reload.Refused.Count);
        foreach (var change in reload.Live)
        {
            Log.ConfigurationChanged(_logger, change.Path, change.Text);
        }

        foreach (var change in reload.Refused)
        {
            Log.ConfigurationNeedsRestart(_logger, change.Path, change.Text);
        }

        if (reload.Live.Count > 0)
        {
            Volatile.Write(ref _current, reload.Effective);
            Notify(reload);
        }
    }

    private void Notify(RoutingOptionsReload reload)
    {
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            try
            {
                listener(reload);
            }
            catch (Exception e)
            {
                Log.ConfigurationListenerFailed(_logger, Secrets.Hide(e));
            }
        }
    }

    private void LogOverriddenKeys(RoutingOptions options, IReadOnlyList<EngineRules> engines)
    {
        foreach (var (name, dataSource) in options.DataSources)
        {
            var rules = engines.First(e => string.Equals(e.Name, dataSource.Provider, StringComparison.OrdinalIgnoreCase)).Rules;
            foreach (var (node, nodeOptions) in dataSource.Nodes)
            {
                foreach (var row in rules.FindOverridden(nodeOptions.Resolved!))
                {
                    var path = $"{_source.Path}:{Settings.DataSources}:{name}:{Settings.Nodes}:{node}";
                    Log.ConnectionStringKeyOverridden(_logger, path, row.Key, row.Advice);
                }
            }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
