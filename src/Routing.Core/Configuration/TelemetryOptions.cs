namespace Routing.Configuration;

/// <summary>What is told about statements, besides the spans and measurements that cost nothing until somebody listens.</summary>
public sealed class TelemetryOptions
{
    /// <summary>
    /// Whether the driver's own instrumentation makes spans too, beside Routing's: then each statement has two client spans,
    /// and the driver's has its text as it was written. Default false. PostgreSQL only.
    /// </summary>
    public bool DriverSpans { get; set; }

    /// <summary>Which statements are slow, and what is told about them.</summary>
    public SlowStatementOptions SlowStatement { get; set; } = new();

    /// <summary>What statements tell the server about themselves, in a comment behind their text.</summary>
    public SqlCommentOptions SqlComment { get; set; } = new();

    internal TelemetryOptions Copy() => new() { DriverSpans = DriverSpans, SlowStatement = SlowStatement.Copy(), SqlComment = SqlComment.Copy() };
}

/// <summary>Which statements are slow, and what is told about them.</summary>
public sealed class SlowStatementOptions
{
    /// <summary>How long a statement may take, its wait for a connection included, before it is logged as slow, 1 ms-1 h; zero for off. Default 0 s.</summary>
    public TimeSpan Threshold { get; set; }

    /// <summary>How often the slowest statements since the last such report are logged, 1 s-24 h; zero for never. Default 1 min.</summary>
    public TimeSpan ReportEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How many summaries a report names, 1-100. Default 10.</summary>
    public int Top { get; set; } = 10;

    /// <summary>Whether slow reads are explained, without being executed, on a replica, and the plan is logged without its literals. Default false. PostgreSQL only.</summary>
    public bool Explain { get; set; }

    /// <summary>How much time lies between two explained statements of the data source at least, 1 s-24 h. Default 1 min.</summary>
    public TimeSpan ExplainEvery { get; set; } = TimeSpan.FromMinutes(1);

    internal SlowStatementOptions Copy() => (SlowStatementOptions)MemberwiseClone();
}

/// <summary>
/// What statements tell the server about themselves, by the sqlcommenter format: tags in a comment behind the text. Off
/// unless a tag is asked for.
/// </summary>
public sealed class SqlCommentOptions
{
    /// <summary>The value of the tag <c>application</c>; without one there is no such tag. Default none.</summary>
    public string? Application { get; set; }

    /// <summary>Whether the tag <c>data_source</c> names the data source. Default false.</summary>
    public bool DataSource { get; set; }

    /// <summary>Whether the tag <c>node</c> names the node that the statement was routed to. Default false.</summary>
    public bool Node { get; set; }

    /// <summary>Whether the tag <c>traceparent</c> carries the statement's span, if that is recorded; such a text is new each time, so that its statement is never prepared. Default false.</summary>
    public bool TraceParent { get; set; }

    internal SqlCommentOptions Copy() => (SqlCommentOptions)MemberwiseClone();
}
