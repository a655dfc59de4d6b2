namespace Routing.UnitTests.Pools;

/// <summary>What a caller does next.</summary>
internal enum ProtocolStep
{
    Rent,
    Look0,
    Look1,
    Swap0,
    Swap1,
    Enqueue,
    Rescan0,
    Rescan1,
    Open,
    Waiting,
    Holding,
    PutBack,
    PutBackAgain,
    LookAgain,
    Unheard,
    SlowReturn,
    Done,
}

/// <summary>Where each caller, each place and the lane are between two steps.</summary>
internal sealed class ProtocolState
{
    public const int Callers = 3;
    public const int Places = 2;

    // Modes of a place: no connection, the lane's own, free, leased.
    public const int Vacant = 0;
    public const int Away = 1;
    public const int Free = 2;
    public const int Leased = 3;

    public readonly ProtocolStep[] Pc = new ProtocolStep[Callers];
    public readonly int[] Seen = new int[Callers];
    public readonly int[] PlaceOf = new int[Callers];
    public readonly int[] MyVersion = new int[Callers];
    public readonly int[] MyGeneration = new int[Callers];
    public readonly int[] Rounds = [0, 1, 1];

    /// <summary>The generation when it asked last, which the signal told it.</summary>
    public readonly int[] AskedIn = new int[Callers];

    /// <summary>Whether a caller's write of the signal has not reached the others yet: -1 for none.</summary>
    public readonly int[] Buffered = [-1, -1, -1];

    public readonly int[] Mode = new int[Places];
    public readonly int[] Version = new int[Places];
    public readonly int[] PlaceGeneration = new int[Places];
    public readonly List<int> Queue = [];

    public int Signal { get; set; }

    public int Generation { get; set; }

    public int Opening { get; set; }

    public int Lock { get; set; } = -1;

    /// <summary>How many of the opens are of an earlier generation.</summary>
    public int OldOpening { get; set; }

    /// <summary>0 before the disposal; then one more for each place it has looked at.</summary>
    public int Disposing { get; set; }

    /// <summary>Which wait of caller 0 is on, or was the last.</summary>
    public int Wait { get; set; }

    /// <summary>For which wait its timer has fired.</summary>
    public int TimerOf { get; set; }

    /// <summary>For which wait the time-out is over and done with.</summary>
    public int TimerDone { get; set; }

    public bool HasCleared { get; set; }

    public int Failures { get; set; }

    public bool HasReturnedTwice { get; set; }

    public string? Broken { get; set; }

    public static ProtocolState Initial(int open)
    {
        var state = new ProtocolState();
        for (var place = 0; place < open; place++)
        {
            state.Mode[place] = Free;
        }

        return state;
    }

    public bool SignalRaised(int caller) => Buffered[caller] == 1 || (Signal & 1) != 0;

    public int Filled() => Mode.Count(static mode => mode != Vacant);

    public void Flush(int caller)
    {
        if (Buffered[caller] >= 0)
        {
            Buffered[caller] = -1;
            WriteSignal();
        }
    }

    /// <summary>Written by someone else under the lock, whose taking and leaving drains what was buffered under it before.</summary>
    public void WriteSignal() => Signal = (Generation * 2) + (Queue.Count > 0 || Disposing > 0 ? 1 : 0);

    public void Unlock(int caller) => Lock = Lock == caller ? -1 : Lock;

    public void Lend(int place, int caller)
    {
        for (var other = 0; other < Callers; other++)
        {
            if (other != caller && PlaceOf[other] == place && Pc[other] is ProtocolStep.Holding or ProtocolStep.PutBack && Mode[place] == Leased)
            {
                Broken = $"callers {other} and {caller} hold place {place}";
            }
        }

        if (PlaceGeneration[place] < AskedIn[caller])
        {
            Broken = $"caller {caller} was lent place {place}, which is older than the clear before it asked";
        }

        if (Pc[caller] == ProtocolStep.Done)
        {
            Broken = $"caller {caller} was served after its end";
        }

        Mode[place] = Leased;
        Version[place]++;
        PlaceOf[caller] = place;
        MyVersion[caller] = Version[place];
        MyGeneration[caller] = PlaceGeneration[place];
        Pc[caller] = ProtocolStep.Holding;
    }

    /// <summary>After a return: once more, or home.</summary>
    public ProtocolStep Next(int caller)
    {
        if (Rounds[caller] > 0)
        {
            return ProtocolStep.Done;
        }

        Rounds[caller]++;
        return ProtocolStep.Rent;
    }

    public ProtocolState Copy()
    {
        var copy = new ProtocolState
        {
            Signal = Signal,
            Generation = Generation,
            Opening = Opening,
            OldOpening = OldOpening,
            Disposing = Disposing,
            Wait = Wait,
            TimerOf = TimerOf,
            TimerDone = TimerDone,
            Lock = Lock,
            HasCleared = HasCleared,
            Failures = Failures,
            HasReturnedTwice = HasReturnedTwice,
            Broken = Broken,
        };
        Pc.CopyTo(copy.Pc, 0);
        Seen.CopyTo(copy.Seen, 0);
        PlaceOf.CopyTo(copy.PlaceOf, 0);
        MyVersion.CopyTo(copy.MyVersion, 0);
        MyGeneration.CopyTo(copy.MyGeneration, 0);
        Rounds.CopyTo(copy.Rounds, 0);
        AskedIn.CopyTo(copy.AskedIn, 0);
        Buffered.CopyTo(copy.Buffered, 0);
        Mode.CopyTo(copy.Mode, 0);
        Version.CopyTo(copy.Version, 0);
        PlaceGeneration.CopyTo(copy.PlaceGeneration, 0);
        copy.Queue.AddRange(Queue);
        return copy;
    }

    public string Key()
    {
        Span<char> key = stackalloc char[64];
        var at = 0;
        foreach (var pc in Pc)
        {
            key[at++] = (char)pc;
        }

        foreach (var numbers in (ReadOnlySpan<int[]>)[Seen, PlaceOf, MyVersion, MyGeneration, Rounds, AskedIn, Buffered, Mode, Version, PlaceGeneration])
        {
            foreach (var number in numbers)
            {
                key[at++] = (char)(number + 1);
            }
        }

        foreach (var number in (ReadOnlySpan<int>)[Signal, Generation, Opening, OldOpening, Disposing, Wait, TimerOf, TimerDone, Lock + 1, HasCleared ? 1 : 0, Failures, HasReturnedTwice ? 1 : 0, Broken is null ? 0 : 1])
        {
            key[at++] = (char)number;
        }

        foreach (var waiter in Queue)
        {
            key[at++] = (char)(waiter + 10);
        }

        return new string(key[..at]);
    }
}
