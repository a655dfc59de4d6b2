using System.ComponentModel;
using System.Runtime.CompilerServices;
using Routing.Diagnostics;
using Routing.Primitives;
using Routing.Statements;

namespace Routing;

/// <summary>
/// An interpolated string that becomes a statement with parameters: the literal parts are the text, each hole becomes a
/// parameter <c>@p0</c>, <c>@p1</c>, ... The compiler makes one when a method takes it and is called with <c>$"..."</c>.
/// A <see cref="RawSql"/> goes in as text, a <see cref="SqlFragment"/> as text with parameters. There are no formats and no
/// alignments: <c>{date:d}</c> does not compile, because it would turn a value into text.
/// </summary>
/// <remarks>The text of a call site is built once; later calls get the same string.</remarks>
[InterpolatedStringHandler]
public ref struct SqlText
{
    /// <summary>Where the pieces so far stand in the tree of known texts; null when they have left it.</summary>
    private TextNode? _node;

    /// <summary>The pieces, null for a hole, once they have left the tree.</summary>
    private List<string?>? _pieces;
    private PositionalValues? _values;
    private readonly int _holes;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">The length of the literal parts.</param>
    /// <param name="formattedCount">The number of holes.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public SqlText(int literalLength, int formattedCount)
    {
        _ = literalLength;
        _holes = formattedCount;
        _node = TextNode.Root;
    }

    /// <summary>Called by the compiler for a literal part.</summary>
    /// <param name="value">The literal.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendLiteral(string value) => AppendPiece(value, mayBeNew: false);

    /// <summary>Called by the compiler for a hole: the value becomes a parameter.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">A <see cref="RawSql"/> or <see cref="SqlFragment"/> came as another type (<c>object</c>, <c>RawSql?</c>).</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T value)
    {
        if (value is RawSql or SqlFragment)
        {
            ThrowHiddenSql(typeof(T), _values?.Count ?? 0);
        }

        (_values ??= new PositionalValues(_holes)).Add(value);
        AppendPiece(null, mayBeNew: false);
    }

    /// <summary>Called by the compiler for a hole that holds SQL: it goes in as it is.</summary>
    /// <param name="value">The SQL.</param>
    /// <exception cref="InvalidOperationException">It is the default value.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(RawSql value)
    {
        if (value.Text.Length > 0)
        {
            AppendPiece(value.Text, mayBeNew: true);
        }
    }

    /// <summary>Called by the compiler for a hole that holds a fragment: its text goes in, its values are numbered on.</summary>
    /// <param name="value">The fragment.</param>
    /// <exception cref="ArgumentNullException">It is null; for nothing use <see cref="Sql.Empty"/>.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(SqlFragment value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var next = 0;
        foreach (var piece in value.Pieces)
        {
            if (piece is null)
            {
                (_values ??= new PositionalValues(Math.Max(_holes, value.Values.Length))).Add(value.Values[next++]);
            }

            AppendPiece(piece, mayBeNew: !value.IsLiteral);
        }
    }

    /// <summary>The text and the values; null when there are no holes.</summary>
    internal readonly (string Text, PositionalValues? Values) Take() =>
        (_node is not null ? _node.Text : _pieces is null ? "" : SqlTextWriter.Write(_pieces), _values);

    internal readonly SqlFragment TakeFragment()
    {
        string?[] pieces = _node is not null ? _node.Pieces() : _pieces is null ? [] : [.. _pieces];
        var values = _values is null ? [] : new object?[_values.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _values![i];
        }

        return new SqlFragment(pieces, values, isLiteral: _node is not null);
    }

    /// <summary>A literal is the same object at each call, so that the tree knows it by reference. Raw text may be a new one each time and would fill the tree up.</summary>
    private void AppendPiece(string? piece, bool mayBeNew)
    {
        if (_node is not null)
        {
            var next = mayBeNew ? null : _node.Follow(piece);
            if (next is not null)
            {
                _node = next;
                return;
            }

            _pieces = [.. _node.Pieces()];
            _node = null;
        }

        (_pieces ??= []).Add(piece);
    }

    private static void ThrowHiddenSql(Type type, int hole) =>
        throw CodedErrors.InvalidOperation(
            ErrorCodes.UnusableHole,
            $"Hole {hole} of the statement holds SQL typed as {type.Name}; give it as RawSql or SqlFragment, so that it is not mistaken for a value.");
}
