using System.Runtime.CompilerServices;

namespace Routing;

/// <summary>Statements that run together, in order, all or none. Not thread-safe while it is filled; may be run more than once.</summary>
public sealed class StatementBatch
{
    private readonly List<(string Text, object? Arguments)> _statements = [];

    /// <summary>How many statements it holds.</summary>
    public int Count => _statements.Count;

    internal IReadOnlyList<(string Text, object? Arguments)> Statements => _statements;

    /// <summary>Adds a statement; the holes of the interpolated text become parameters.</summary>
    /// <param name="sql">The statement.</param>
    [OverloadResolutionPriority(1)]
    public StatementBatch Add(SqlText sql)
    {
        var (text, values) = sql.Take();
        _statements.Add((text, values));
        return this;
    }

    /// <summary>Adds a statement.</summary>
    /// <param name="sql">The statement, sent as it is.</param>
    /// <param name="args">An object or dictionary whose members are the parameters; null for none.</param>
    public StatementBatch Add(string sql, object? args = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sql);
        _statements.Add((sql, args));
        return this;
    }
}
