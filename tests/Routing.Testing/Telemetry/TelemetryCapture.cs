using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Routing.Testing.Telemetry;

/// <summary>
/// OpenTelemetry's SDK with Routing's instrumentation, as a service sets it up, exporting into memory and, if asked, over
/// OTLP to a receiver. Spans are those of the trace that the test itself is in from the constructor on; what else runs in
/// the process has other traces. Metrics are the process's: tell yours apart by an attribute. Make it in the test's own method.
/// </summary>
public sealed class TelemetryCapture : IDisposable
{
    private readonly ActivitySource _tests = new("Routing.Testing." + Guid.NewGuid().ToString("N"));
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly List<ExportedHistogram> _histograms = [];
    private readonly TracerProvider _tracing;
    private readonly MeterProvider _metering;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="receiver">Where to export over OTLP as well; null for nowhere.</param>
    /// <param name="sources">Sources and meters of others to listen to, e.g. <c>Npgsql</c>.</param>
    public TelemetryCapture(OtlpReceiver? receiver = null, params string[] sources)
    {
        var tracing = Sdk.CreateTracerProviderBuilder().AddRoutingInstrumentation().AddSource(_tests.Name).AddSource(sources)
            .AddProcessor(new SimpleActivityExportProcessor(new SpanExporter(this)));
        var metering = Sdk.CreateMeterProviderBuilder().AddRoutingInstrumentation().AddMeter(sources)
            .AddReader(new BaseExportingMetricReader(new HistogramExporter(this)));
        if (receiver is not null)
        {
            tracing.AddOtlpExporter(options => Export(options, new Uri(receiver.Address, "v1/traces")));
            metering.AddOtlpExporter(options => Export(options, new Uri(receiver.Address, "v1/metrics")));
        }

        _tracing = tracing.Build();
        _metering = metering.Build();
        Root = _tests.StartActivity("test") ?? throw new InvalidOperationException("The SDK does not listen to the test's source.");
    }

    /// <summary>The span that the test runs in.</summary>
    public Activity Root { get; }

    /// <summary>The test's own trace so far, without <see cref="Root"/>, in the order in which spans ended.</summary>
    public IReadOnlyList<ExportedSpan> Spans =>
        [.. _spans.Where(span => span.TraceId == Root.TraceId.ToHexString() && span.SpanId != Root.SpanId.ToHexString())];

    /// <summary>Every span that was exported, whosever it is.</summary>
    public IReadOnlyList<ExportedSpan> AllSpans => [.. _spans];

    /// <summary>All histograms' series at this moment.</summary>
    public IReadOnlyList<ExportedHistogram> Histograms()
    {
        Flush();
        lock (_histograms)
        {
            return [.. _histograms];
        }
    }

    /// <summary>Exports what is there.</summary>
    public void Flush()
    {
        _tracing.ForceFlush();
        _metering.ForceFlush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Root.Dispose();
        _tracing.Dispose();
        _metering.Dispose();
        _tests.Dispose();
    }

    private static void Export(OtlpExporterOptions options, Uri to)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = to;
    }

    private static ImmutableSortedDictionary<string, object?> Attributes(IEnumerable<KeyValuePair<string, object?>> tags) =>
        tags.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private sealed class SpanExporter(TelemetryCapture owner) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                owner._spans.Enqueue(new ExportedSpan(
                    span.Source.Name,
                    span.DisplayName,
                    span.Kind.ToString(),
                    span.TraceId.ToHexString(),
                    span.SpanId.ToHexString(),
                    span.ParentSpanId == default ? "" : span.ParentSpanId.ToHexString(),
                    span.Status.ToString(),
                    span.StatusDescription ?? "",
                    span.Duration,
                    Attributes(span.TagObjects)));
            }

            return ExportResult.Success;
        }
    }

    private sealed class HistogramExporter(TelemetryCapture owner) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            lock (owner._histograms)
            {
                owner._histograms.Clear();
                foreach (var metric in batch)
                {
                    if (metric.MetricType == MetricType.Histogram)
                    {
                        Add(metric);
                    }
                }
            }

            return ExportResult.Success;
        }

        private void Add(Metric metric)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var bounds = ImmutableArray.CreateBuilder<double>();
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    bounds.Add(bucket.ExplicitBound);
                }

                var tags = new List<KeyValuePair<string, object?>>();
                foreach (var tag in point.Tags)
                {
                    tags.Add(tag);
                }

                bounds.RemoveAt(bounds.Count - 1);
                owner._histograms.Add(new ExportedHistogram(
                    metric.MeterName, metric.Name, metric.Unit, point.GetHistogramCount(), point.GetHistogramSum(), bounds.ToImmutable(), Attributes(tags)));
            }
        }
    }
}
