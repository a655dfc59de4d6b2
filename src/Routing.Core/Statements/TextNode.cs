using System.Collections.Concurrent;

namespace Routing.Statements;

/// <summary>
/// A tree of the pieces of interpolated statements: walking it with the pieces of a call leads to the text of that call,
/// built once. Literals are compared by reference, which is what makes it fast and what makes a path belong to literals
/// of the program. Thread-safe; it grows to a bound and then stays as it is.
/// </summary>
internal sealed class TextNode
{
    /// <summary>About a thousand call sites of average size; beyond it, texts are built at each call and found in caches by equality.</summary>
    public const int MostNodes = 16384;

    /// <summary>Literals longer than this would make the bound on nodes no bound on memory worth having; they are rare.</summary>
    public const int LongestPiece = 64 * 1024;

    /// <summary>Up to this many a search by eye is faster than a hash. The root has hundreds.</summary>
    private const int FewChildren = 8;

    public static readonly TextNode Root = NewRoot(MostNodes);

    private readonly TextNode? _parent;
    private readonly string? _piece;
    private readonly Budget _budget;
    private TextNode? _hole;
    private TextNode[] _children = [];
    private ConcurrentDictionary<string, TextNode>? _manyChildren;
    private string? _text;

    private TextNode(TextNode? parent, string? piece, Budget budget)
    {
        _parent = parent;
        _piece = piece;
        _budget = budget;
    }

    /// <summary>The text from the root to here.</summary>
    public string Text
    {
        get
        {
            var text = Volatile.Read(ref _text);
            if (text is not null)
            {
                return text;
            }

            // The first to build it wins, so that all callers get the same string.
            text = SqlTextWriter.Write(Pieces());
            return Interlocked.CompareExchange(ref _text, text, null) ?? text;
        }
    }

    /// <summary>A tree of its own, for tests of the bound.</summary>
    public static TextNode NewRoot(int mostNodes) => new(null, null, new Budget(mostNodes));

    /// <summary>The node one piece further; null when the tree is full and does not know it.</summary>
    /// <param name="piece">A literal, or null for a hole.</param>
    public TextNode? Follow(string? piece)
    {
        if (piece is null)
        {
            return Volatile.Read(ref _hole) ?? GrowHole();
        }

        foreach (var child in Volatile.Read(ref _children))
        {
            if (ReferenceEquals(child._piece, piece))
            {
                return child;
            }
        }

        return Volatile.Read(ref _manyChildren) is { } many && many.TryGetValue(piece, out var found) ? found : Grow(piece);
    }

    /// <summary>The pieces from the root to here.</summary>
    public string?[] Pieces()
    {
        var count = 0;
        for (var node = this; node._parent is not null; node = node._parent)
        {
            count++;
        }

        var pieces = new string?[count];
        for (var node = this; node._parent is not null; node = node._parent)
        {
            pieces[--count] = node._piece;
        }

        return pieces;
    }

    private TextNode? GrowHole()
    {
        if (!_budget.TryTake())
        {
            return null;
        }

        var added = new TextNode(this, null, _budget);
        if (Interlocked.CompareExchange(ref _hole, added, null) is not { } other)
        {
            return added;
        }

        _budget.GiveBack();
        return other;
    }

    private TextNode? Grow(string piece)
    {
        if (piece.Length > LongestPiece || !_budget.TryTake())
        {
            return null;
        }

        lock (_budget)
        {
            // Another caller may have come first; looking again under the lock keeps every piece to one node.
            var known = Array.Find(_children, child => ReferenceEquals(child._piece, piece));
            if (known is not null || (_manyChildren?.TryGetValue(piece, out known) ?? false))
            {
                _budget.GiveBack();
                return known;
            }

            var added = new TextNode(this, piece, _budget);
            if (_children.Length < FewChildren)
            {
                Volatile.Write(ref _children, [.. _children, added]);
            }
            else
            {
                Many()[piece] = added;
            }

            return added;
        }
    }

    private ConcurrentDictionary<string, TextNode> Many()
    {
        if (_manyChildren is { } many)
        {
            return many;
        }

        // Typed as object's comparer, it compares references, which is what the tree is about.
        many = new ConcurrentDictionary<string, TextNode>(ReferenceEqualityComparer.Instance);
        Volatile.Write(ref _manyChildren, many);
        return many;
    }

    private sealed class Budget(int nodes)
    {
        private int _left = nodes;

        public bool TryTake()
        {
            // Read first: a full tree must not have every caller write to one cache line.
            if (Volatile.Read(ref _left) <= 0)
            {
                return false;
            }

            if (Interlocked.Decrement(ref _left) >= 0)
            {
                return true;
            }

            Interlocked.Increment(ref _left);
            return false;
        }

        public void GiveBack() => Interlocked.Increment(ref _left);
    }
}
