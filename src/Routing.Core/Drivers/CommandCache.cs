using System.Data.Common;

namespace Routing.Drivers;

/// <summary>
/// The driver's commands that one physical connection keeps, by text: a kept SQLite command keeps its prepared
/// statement. A text is kept from its second use on, so that texts which are run once drive nothing out. Bounded; the least
/// recently used idle one goes first. Not thread-safe: it belongs to its connection.
/// </summary>
internal sealed class CommandCache(int capacity)
{
    public const int DefaultCapacity = 64;

    // A longer text is most likely generated, and keeping it would keep its megabytes.
    public const int MaxTextLength = 16 * 1024;

    private readonly Dictionary<string, Entry> _entries = [];
    private readonly string?[] _seenOnce = new string?[capacity];
    private Entry? _newest;
    private Entry? _oldest;

    public int Count => _entries.Count;

    /// <summary>Takes the idle command of this text. <paramref name="isInUse"/> tells that there is one, with an open reader.</summary>
    public Entry? Take(string text, out bool isInUse)
    {
        isInUse = false;
        var entry = _newest is { } newest && ReferenceEquals(newest.Text, text) ? newest : _entries.GetValueOrDefault(text);
        if (entry is null)
        {
            return null;
        }

        if (entry.IsInUse)
        {
            isInUse = true;
            return null;
        }

        MoveToFront(entry);
        entry.IsInUse = true;
        return entry;
    }

    /// <summary>Whether this text, which is not kept, ran before and lately. It has run now.</summary>
    public bool IsSecondUse(string text)
    {
        ref var seen = ref _seenOnce[(uint)text.GetHashCode(StringComparison.Ordinal) % (uint)_seenOnce.Length];
        if (seen == text)
        {
            seen = null;
            return true;
        }

        seen = text;
        return false;
    }

    /// <summary>Keeps a new command, which is in use until <see cref="GiveBack"/>.</summary>
    public Entry Add(string text, DbCommand command)
    {
        if (_entries.Count >= capacity)
        {
            EvictOldestIdle();
        }

        var entry = new Entry(text, command) { IsInUse = true };
        _entries.Add(text, entry);
        LinkFirst(entry);
        return entry;
    }

    public static void GiveBack(Entry entry) => entry.IsInUse = false;

    /// <summary>Forgets one command and frees what it prepared.</summary>
    public void Remove(Entry entry)
    {
        if (_entries.Remove(entry.Text, out var found) && found == entry)
        {
            Unlink(entry);
        }

        entry.Command.Dispose();
    }

    /// <summary>Forgets every idle command; those in use are forgotten when they come back as failed or stay as they are.</summary>
    public void Clear()
    {
        for (var entry = _oldest; entry is not null;)
        {
            var next = entry.Newer;
            if (!entry.IsInUse)
            {
                Remove(entry);
            }

            entry = next;
        }
    }

    private void EvictOldestIdle()
    {
        var entry = _oldest;
        while (entry is { IsInUse: true })
        {
            entry = entry.Newer;
        }

        // Every one in use means as many open readers on one connection; they are the caller's bound, not ours.
        if (entry is not null)
        {
            Remove(entry);
        }
    }

    private void MoveToFront(Entry entry)
    {
        if (_newest == entry)
        {
            return;
        }

        Unlink(entry);
        LinkFirst(entry);
    }

    private void LinkFirst(Entry entry)
    {
        entry.Older = _newest;
        if (_newest is not null)
        {
            _newest.Newer = entry;
        }

        _newest = entry;
        _oldest ??= entry;
    }

    private void Unlink(Entry entry)
    {
        if (entry.Newer is null)
        {
            _newest = entry.Older;
        }
        else
        {
            entry.Newer.Older = entry.Older;
        }

        if (entry.Older is null)
        {
            _oldest = entry.Newer;
        }
        else
        {
            entry.Older.Newer = entry.Newer;
        }

        entry.Newer = entry.Older = null;
    }

    internal sealed class Entry(string text, DbCommand command)
    {
        public string Text { get; } = text;

        public DbCommand Command { get; } = command;

        public int DefaultTimeout { get; } = command.CommandTimeout;

        public bool IsInUse { get; set; }

        public Entry? Newer { get; set; }

        public Entry? Older { get; set; }
    }
}
