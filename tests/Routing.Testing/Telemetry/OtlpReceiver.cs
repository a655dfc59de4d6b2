using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Routing.Testing.Telemetry;

/// <summary>
/// A collector on the loopback interface that speaks OTLP over HTTP with protobuf, and keeps what it was sent. Dispose it
/// last. Thread-safe.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly ConcurrentQueue<ExportedHistogram> _histograms = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly Task _running;

    /// <summary>Listens on a free port.</summary>
    public OtlpReceiver()
    {
        Address = Listen();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The spans it was sent, oldest first.</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    /// <summary>The histograms' series it was sent, oldest first.</summary>
    public IReadOnlyList<ExportedHistogram> Histograms => [.. _histograms];

    /// <summary>The requests as they came over the wire.</summary>
    public IReadOnlyList<byte[]> Bodies => [.. _bodies];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _running.ConfigureAwait(false);
    }

    private Uri Listen()
    {
        // Another process may take a free port before we do.
        for (var tries = 0; ; tries++)
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}/");
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add(address);
            try
            {
                _listener.Start();
                return new Uri(address);
            }
            catch (HttpListenerException) when (tries < 10)
            {
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                await AnswerAsync(await _listener.GetContextAsync().ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body).ConfigureAwait(false);
        _bodies.Enqueue(body.ToArray());
        if (context.Request.Url!.AbsolutePath == "/v1/traces")
        {
            OtlpDecoder.ReadTraces(body.ToArray(), _spans.Enqueue);
        }
        else
        {
            OtlpDecoder.ReadMetrics(body.ToArray(), _histograms.Enqueue);
        }

        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/x-protobuf";
        context.Response.Close();
    }
}

/// <summary>OTLP's export requests → what they hold. The field numbers are those of opentelemetry-proto.</summary>
internal static class OtlpDecoder
{
    private static readonly string[] Kinds = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
    private static readonly string[] Statuses = ["Unset", "Ok", "Error"];

    private delegate void Scope(string name, ReadOnlySpan<byte> item);

    public static void ReadTraces(byte[] request, Action<ExportedSpan> add) => ReadScopes(request, (source, span) => add(Span(source, span)));

    public static void ReadMetrics(byte[] request, Action<ExportedHistogram> add) => ReadScopes(request, (meter, metric) => ReadMetric(meter, metric, add));

    // Both requests: resource (1) → scope (2) → the scope's name (1.1) and its items (2).
    private static void ReadScopes(ReadOnlySpan<byte> request, Scope item)
    {
        for (var resources = new ProtobufReader(request); resources.Next();)
        {
            for (var scopes = new ProtobufReader(resources.Bytes); scopes.Next();)
            {
                if (scopes.Field == 2)
                {
                    ReadItems(scopes.Bytes, item);
                }
            }
        }
    }

    private static void ReadItems(ReadOnlySpan<byte> scope, Scope item)
    {
        var name = "";
        for (var fields = new ProtobufReader(scope); fields.Next();)
        {
            if (fields.Field == 1)
            {
                for (var about = new ProtobufReader(fields.Bytes); about.Next();)
                {
                    name = about.Field == 1 ? about.Text : name;
                }
            }
            else if (fields.Field == 2)
            {
                item(name, fields.Bytes);
            }
        }
    }

    private static ExportedSpan Span(string source, ReadOnlySpan<byte> message)
    {
        string trace = "", span = "", parent = "", name = "", status = Statuses[0], text = "", kind = Kinds[0];
        long start = 0, end = 0;
        var attributes = ImmutableSortedDictionary.CreateBuilder<string, object?>(StringComparer.Ordinal);
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            switch (fields.Field)
            {
                case 1: trace = fields.Hex; break;
                case 2: span = fields.Hex; break;
                case 4: parent = fields.Hex; break;
                case 5: name = fields.Text; break;
                case 6: kind = Kinds[fields.Number]; break;
                case 7: start = fields.Number; break;
                case 8: end = fields.Number; break;
                case 9: Attribute(fields.Bytes, attributes); break;
                case 15: (status, text) = Status(fields.Bytes); break;
            }
        }

        return new ExportedSpan(source, name, kind, trace, span, parent, status, text, TimeSpan.FromTicks((end - start) / 100), attributes.ToImmutable());
    }

    private static (string Status, string Text) Status(ReadOnlySpan<byte> message)
    {
        var (status, text) = (Statuses[0], "");
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            (status, text) = fields.Field == 3 ? (Statuses[fields.Number], text) : (status, fields.Text);
        }

        return (status, text);
    }

    private static void ReadMetric(string meter, ReadOnlySpan<byte> message, Action<ExportedHistogram> add)
    {
        string name = "", unit = "";
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            switch (fields.Field)
            {
                case 1: name = fields.Text; break;
                case 3: unit = fields.Text; break;
                case 9: ReadHistogram(meter, name, unit, fields.Bytes, add); break;
            }
        }
    }

    private static void ReadHistogram(string meter, string name, string unit, ReadOnlySpan<byte> message, Action<ExportedHistogram> add)
    {
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            if (fields.Field == 1)
            {
                add(Point(meter, name, unit, fields.Bytes));
            }
        }
    }

    private static ExportedHistogram Point(string meter, string name, string unit, ReadOnlySpan<byte> message)
    {
        long count = 0;
        double sum = 0;
        var bounds = ImmutableArray.CreateBuilder<double>();
        var attributes = ImmutableSortedDictionary.CreateBuilder<string, object?>(StringComparer.Ordinal);
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            switch (fields.Field)
            {
                case 4: count = fields.Number; break;
                case 5: sum = fields.Double; break;
                case 7: Bounds(fields, bounds); break;
                case 9: Attribute(fields.Bytes, attributes); break;
            }
        }

        return new ExportedHistogram(meter, name, unit, count, sum, bounds.ToImmutable(), attributes.ToImmutable());
    }

    private static void Bounds(in ProtobufReader field, ImmutableArray<double>.Builder bounds)
    {
        // Packed or one by one: protobuf allows both.
        if (!field.IsBytes)
        {
            bounds.Add(field.Double);
            return;
        }

        for (var packed = field.Bytes; packed.Length >= 8; packed = packed[8..])
        {
            bounds.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed));
        }
    }

    private static void Attribute(ReadOnlySpan<byte> message, ImmutableSortedDictionary<string, object?>.Builder attributes)
    {
        var key = "";
        object? value = null;
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            if (fields.Field == 1)
            {
                key = fields.Text;
                continue;
            }

            for (var any = new ProtobufReader(fields.Bytes); any.Next();)
            {
                value = any.Field switch { 1 => any.Text, 2 => any.Number != 0, 3 => any.Number, 4 => any.Double, _ => null };
            }
        }

        attributes[key] = value;
    }
}
