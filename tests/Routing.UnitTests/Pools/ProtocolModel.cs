namespace Routing.UnitTests.Pools;

/// <summary>Which parts of the protocol the explored pool lacks.</summary>
[Flags]
internal enum Missing
{
    None = 0,

    /// <summary>The fence between raising the signal and looking for idle connections.</summary>
    FenceAfterSignal = 1,

    /// <summary>The look at the signal after a connection was put back.</summary>
    LookAfterPutBack = 2,

    /// <summary>The look for idle connections after the signal was raised.</summary>
    LookAfterSignal = 4,

    /// <summary>The swap in a rent: the free entry is written as leased without a check.</summary>
    SwapInRent = 8,

    /// <summary>The swap in a return: two returns of one lease both succeed.</summary>
    SwapInReturn = 16,

    /// <summary>The check whether a cancelled waiter was served meanwhile.</summary>
    SettleOnce = 32,

    /// <summary>The drive at the end of an open that failed.</summary>
    DriveAfterOpen = 64,

    /// <summary>The sweep of a put-back that did not know of a clear.</summary>
    SweepAfterPutBack = 128,

    /// <summary>The look, when a time-out is about to end a wait, whether that wait is still on.</summary>
    LookAtTimeOut = 256,

    /// <summary>The close of what was being opened when the pool was cleared or disposed.</summary>
    CloseOldOpen = 512,

    /// <summary>The refusal of those who come to wait after the disposal.</summary>
    RefuseAfterDispose = 1024,

    /// <summary>The end of all waits at the disposal.</summary>
    EndWaitsAtDispose = 2048,

    /// <summary>The look, in a rent without the lock, whether a free connection is of the generation that the signal tells.</summary>
    LookAtGeneration = 4096,
}

/// <summary>
/// The protocol of <c>PoolLane</c> as a state machine whose steps are its atomic ones: a read of a word, a swap, a plain
/// write. Two places, three callers who each rent and return once, one of them twice; a cancel, a time-out, a failed open, a
/// clear and the disposal may come in between. A time-out is two steps, as in the lane: the timer fires, and later, perhaps
/// during another wait of the same caller, it ends the wait. Plain writes go through a buffer per caller, as on real processors, so that a missing fence shows.
/// What happens under the lock is one step, except where it meets the paths that take no lock.
/// </summary>
internal sealed class ProtocolModel(
    Missing missing, int open, bool clears = false, bool cancels = false, bool opensFail = false, bool doubleReturn = false, bool timesOut = false, bool disposes = false)
{
    private const int Callers = 3;
    private const int Places = 2;

    /// <summary>Who holds the lock when none of the callers does.</summary>
    private const int Disposer = Callers;

    // Modes of a place: no connection, the lane's own, free, leased.
    private const int Vacant = 0;
    private const int Away = 1;
    private const int Free = 2;
    private const int Leased = 3;

    public int States { get; private set; }

    /// <summary>The first broken promise; null when none of the states breaks one.</summary>
    public string? Explore()
    {
        var seen = new HashSet<string>();
        var todo = new Stack<State>();
        todo.Push(State.Initial(open));
        while (todo.TryPop(out var state))
        {
            if (!seen.Add(state.Key()))
            {
                continue;
            }

            if (state.Broken is not null)
            {
                return state.Broken;
            }

            var before = todo.Count;
            Expand(state, todo);
            if (todo.Count == before && JudgeEnd(state) is { } broken)
            {
                return broken;
            }
        }

        States = seen.Count;
        return null;
    }

    private static string? JudgeEnd(State state)
    {
        for (var caller = 0; caller < Callers; caller++)
        {
            if (state.Pc[caller] == Pc.Waiting)
            {
                return $"caller {caller} waits for ever: places {string.Join(",", state.Mode)}, opening {state.Opening}";
            }
        }

        for (var place = 0; place < Places; place++)
        {
            if (state.Mode[place] is Away or Leased)
            {
                return $"place {place} is lost";
            }

            if (state.Disposing > 0 && state.Mode[place] != Vacant)
            {
                return $"place {place} outlived the disposal";
            }

            if (state.Mode[place] == Free && state.PlaceGeneration[place] != state.Generation)
            {
                return $"place {place} outlived a clear";
            }
        }

        return null;
    }

    private void Expand(State state, Stack<State> todo)
    {
        for (var caller = 0; caller < Callers; caller++)
        {
            if (state.Buffered[caller] >= 0)
            {
                Push(state, todo, next => next.Flush(caller));
            }

            Step(state, caller, todo);
            if (cancels && state.Pc[caller] == Pc.Waiting && caller == 0 && state.Lock < 0)
            {
                Push(state, todo, next => Cancel(next, caller));
            }
        }

        if (timesOut)
        {
            ExpandTimer(state, todo);
        }

        if (state.OldOpening > 0 && state.Lock < 0)
        {
            Push(state, todo, EndOldOpen);
        }

        if (state.Opening > state.OldOpening && state.Lock < 0)
        {
            Push(state, todo, next => EndOpen(next, succeeds: true));
            if (opensFail && state.Failures < 2)
            {
                Push(state, todo, next => EndOpen(next, succeeds: false));
            }
        }

        if (clears && !state.HasCleared && state.Lock < 0)
        {
            Push(state, todo, Clear);
        }

        if (disposes)
        {
            ExpandDisposal(state, todo);
        }
    }

    /// <summary>The timer of caller 0, which waits twice: it fires during a wait, and ends that one or comes too late.</summary>
    private void ExpandTimer(State state, Stack<State> todo)
    {
        if (state.Pc[0] == Pc.Waiting && state.TimerOf < state.Wait)
        {
            Push(state, todo, static next => next.TimerOf = next.Wait);
        }

        if (state.TimerOf > state.TimerDone && state.Lock < 0)
        {
            Push(state, todo, TimeOut);
        }
    }

    private void TimeOut(State next)
    {
        var isOn = next.Pc[0] == Pc.Waiting && next.Wait == next.TimerOf;
        next.TimerDone = next.TimerOf;
        if (!isOn && !missing.HasFlag(Missing.LookAtTimeOut))
        {
            return;
        }

        if (!isOn)
        {
            next.Broken = $"caller 0, {next.Pc[0]} in its wait {next.Wait}, was ended by the time-out of wait {next.TimerDone}";
        }

        next.Queue.Remove(0);
        next.WriteSignal();
        next.Pc[0] = Pc.Done;
    }

    /// <summary>The disposal raises the signal first and then takes what is idle, place by place, while others rent and return.</summary>
    private void ExpandDisposal(State state, Stack<State> todo)
    {
        if (state.Disposing == 0 && state.Lock < 0)
        {
            Push(state, todo, BeginDisposal);
        }
        else if (state.Lock == Disposer)
        {
            Push(state, todo, SweepOne);
        }
    }

    private static void BeginDisposal(State next)
    {
        next.Disposing = 1;
        next.Lock = Disposer;
        next.Generation++;
        next.OldOpening = next.Opening;
        next.WriteSignal();
    }

    private void SweepOne(State next)
    {
        var place = next.Disposing - 1;
        next.Mode[place] = next.Mode[place] == Free ? Vacant : next.Mode[place];
        next.Disposing++;
        if (next.Disposing <= Places)
        {
            return;
        }

        if (!missing.HasFlag(Missing.EndWaitsAtDispose))
        {
            foreach (var waiter in next.Queue)
            {
                next.Pc[waiter] = Pc.Done;
            }

            next.Queue.Clear();
        }

        next.Unlock(Disposer);
    }

    /// <summary>What was opened for an earlier generation is closed, and its place is free for those who wait.</summary>
    private void EndOldOpen(State next)
    {
        next.Opening--;
        next.OldOpening--;
        if (missing.HasFlag(Missing.CloseOldOpen))
        {
            var place = Array.IndexOf(next.Mode, Vacant);
            next.PlaceGeneration[place] = next.Generation - 1;
            next.Mode[place] = Free;
        }

        if (next.Disposing == 0)
        {
            Drive(next);
        }
    }

    private void Step(State state, int caller, Stack<State> todo)
    {
        switch (state.Pc[caller])
        {
            case Pc.Rent:
                Push(state, todo, next => Ask(next, caller));
                break;
            case Pc.Look0:
            case Pc.Look1:
                Push(state, todo, next => Look(next, caller, state.Pc[caller] - Pc.Look0));
                break;
            case Pc.Swap0:
            case Pc.Swap1:
                Push(state, todo, next => Swap(next, caller, state.Pc[caller] - Pc.Swap0));
                break;
            case Pc.Enqueue when state.Lock < 0:
                Push(state, todo, next => Enqueue(next, caller));
                break;
            case Pc.Rescan0:
            case Pc.Rescan1:
                Push(state, todo, next => Rescan(next, caller, state.Pc[caller] - Pc.Rescan0));
                break;
            case Pc.Open:
                Push(state, todo, next => OpenOrSleep(next, caller));
                break;
            case Pc.Holding:
                Push(state, todo, next => BeginReturn(next, caller));
                break;
            case Pc.PutBack:
                Push(state, todo, next => PutBack(next, caller));
                break;
            case Pc.PutBackAgain:
                Push(state, todo, next => PutBackAgain(next, caller));
                break;
            case Pc.LookAgain:
                Push(state, todo, next => LookAgain(next, caller));
                break;
            case Pc.Unheard when state.Lock < 0:
            case Pc.SlowReturn when state.Lock < 0:
                Push(state, todo, next => UnderLock(next, caller, state.Pc[caller]));
                break;
        }
    }

    private static void Push(State state, Stack<State> todo, Action<State> step)
    {
        var next = state.Copy();
        step(next);
        todo.Push(next);
    }

    private static void Ask(State next, int caller)
    {
        next.AskedIn[caller] = next.Generation;
        next.Pc[caller] = next.SignalRaised(caller) ? Pc.Enqueue : Pc.Look0;
    }

    private void Look(State next, int caller, int place)
    {
        next.Seen[caller] = next.Version[place];
        var isOld = next.PlaceGeneration[place] != next.AskedIn[caller] && !missing.HasFlag(Missing.LookAtGeneration);
        next.Pc[caller] = next.Mode[place] == Free && !isOld ? Pc.Swap0 + place
            : place + 1 < Places ? Pc.Look1
            : Pc.Enqueue;
    }

    private void Swap(State next, int caller, int place)
    {
        if (missing.HasFlag(Missing.SwapInRent) || (next.Mode[place] == Free && next.Version[place] == next.Seen[caller]))
        {
            next.Lend(place, caller);
            return;
        }

        next.Pc[caller] = place + 1 < Places ? Pc.Look1 : Pc.Enqueue;
    }

    private void Enqueue(State next, int caller)
    {
        if (next.Disposing > 0 && !missing.HasFlag(Missing.RefuseAfterDispose))
        {
            next.Pc[caller] = Pc.Done;
            return;
        }

        next.Wait += caller == 0 ? 1 : 0;
        next.Lock = caller;
        next.Queue.Add(caller);
        next.Buffered[caller] = 1;
        if (!missing.HasFlag(Missing.FenceAfterSignal))
        {
            next.Flush(caller);
        }

        next.Pc[caller] = missing.HasFlag(Missing.LookAfterSignal) ? Pc.Open : Pc.Rescan0;
    }

    private static void Rescan(State next, int caller, int place)
    {
        if (next.Mode[place] == Free && next.PlaceGeneration[place] == next.Generation)
        {
            next.Mode[place] = Away;
            Offer(next, place);
            if (next.Pc[caller] != Pc.Holding && next.Queue.Count > 0)
            {
                next.Pc[caller] = Pc.Rescan0;
                return;
            }

            next.Unlock(caller);
            return;
        }

        next.Pc[caller] = place + 1 < Places ? Pc.Rescan1 : Pc.Open;
    }

    private static void OpenOrSleep(State next, int caller)
    {
        Drive(next);
        next.Pc[caller] = Pc.Waiting;
        next.Unlock(caller);
    }

    /// <summary>One open for each who waits unserved, as places allow.</summary>
    private static void Drive(State next)
    {
        while (next.Disposing == 0 && next.Queue.Count > next.Opening && next.Filled() + next.Opening < Places)
        {
            next.Opening++;
        }
    }

    private static void BeginReturn(State next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Pc[caller] = next.Signal == (next.PlaceGeneration[place] * 2) ? Pc.PutBack : Pc.SlowReturn;
        if (next.Pc[caller] == Pc.SlowReturn)
        {
            next.Mode[place] = Away;
        }
    }

    private void PutBack(State next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Flush(caller);
        next.Mode[place] = Free;
        next.Pc[caller] = doubleReturn && caller == 0 && !next.HasReturnedTwice ? Pc.PutBackAgain
            : missing.HasFlag(Missing.LookAfterPutBack) ? next.Next(caller)
            : Pc.LookAgain;
    }

    /// <summary>The same lease once more: refused by the swap, which compares the version.</summary>
    private void PutBackAgain(State next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.HasReturnedTwice = true;
        var isMine = next.Mode[place] == Leased && next.Version[place] == next.MyVersion[caller];
        if (isMine || missing.HasFlag(Missing.SwapInReturn))
        {
            next.Mode[place] = Free;
        }

        next.Pc[caller] = Pc.LookAgain;
    }

    private static void LookAgain(State next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Pc[caller] = next.Signal == (next.MyGeneration[caller] * 2) ? next.Next(caller) : Pc.Unheard;
        next.PlaceOf[caller] = place;
    }

    private void UnderLock(State next, int caller, Pc pc)
    {
        var place = next.PlaceOf[caller];
        if (pc == Pc.SlowReturn)
        {
            CloseOrOffer(next, place);
        }
        else if (next.Mode[place] == Free && next.PlaceGeneration[place] != next.Generation)
        {
            next.Mode[place] = missing.HasFlag(Missing.SweepAfterPutBack) ? Free : Vacant;
        }

        for (var i = 0; i < Places && next.Queue.Count > 0; i++)
        {
            if (next.Mode[i] == Free && next.PlaceGeneration[i] == next.Generation)
            {
                next.Mode[i] = Away;
                Offer(next, i);
            }
        }

        Drive(next);
        next.Pc[caller] = next.Next(caller);
    }

    private static void CloseOrOffer(State next, int place)
    {
        if (next.PlaceGeneration[place] == next.Generation)
        {
            Offer(next, place);
            return;
        }

        next.Mode[place] = Vacant;
    }

    private static void Offer(State next, int place)
    {
        if (next.Queue.Count == 0)
        {
            next.Mode[place] = Free;
            return;
        }

        var head = next.Queue[0];
        next.Queue.RemoveAt(0);
        next.WriteSignal();
        next.Lend(place, head);
    }

    private void Cancel(State next, int caller)
    {
        // Missing the check, a waiter that was served in between would be ended as well: that it waits is what is checked.
        next.Queue.Remove(caller);
        next.WriteSignal();
        next.Pc[caller] = Pc.Done;
        if (missing.HasFlag(Missing.SettleOnce) && next.Opening > 0)
        {
            next.Queue.Insert(0, caller);
        }
    }

    private void EndOpen(State next, bool succeeds)
    {
        next.Opening--;
        if (succeeds)
        {
            var place = Array.IndexOf(next.Mode, Vacant);
            next.PlaceGeneration[place] = next.Generation;
            next.Mode[place] = Away;
            Offer(next, place);
        }
        else
        {
            next.Failures++;
            if (next.Queue.Count > 0)
            {
                var failed = next.Queue[0];
                next.Queue.RemoveAt(0);
                next.WriteSignal();
                next.Pc[failed] = Pc.Done;
            }
        }

        if (!missing.HasFlag(Missing.DriveAfterOpen))
        {
            Drive(next);
        }
    }

    private static void Clear(State next)
    {
        next.HasCleared = true;
        next.Generation++;
        next.OldOpening = next.Opening;
        next.WriteSignal();
        for (var place = 0; place < Places; place++)
        {
            next.Mode[place] = next.Mode[place] == Free ? Vacant : next.Mode[place];
        }

        Drive(next);
    }

    internal enum Pc
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

    internal sealed class State
    {
        public readonly Pc[] Pc = new Pc[Callers];
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

        public static State Initial(int open)
        {
            var state = new State();
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
                if (other != caller && PlaceOf[other] == place && Pc[other] is ProtocolModel.Pc.Holding or ProtocolModel.Pc.PutBack && Mode[place] == Leased)
                {
                    Broken = $"callers {other} and {caller} hold place {place}";
                }
            }

            if (PlaceGeneration[place] < AskedIn[caller])
            {
                Broken = $"caller {caller} was lent place {place}, which is older than the clear before it asked";
            }

            if (Pc[caller] == ProtocolModel.Pc.Done)
            {
                Broken = $"caller {caller} was served after its end";
            }

            Mode[place] = Leased;
            Version[place]++;
            PlaceOf[caller] = place;
            MyVersion[caller] = Version[place];
            MyGeneration[caller] = PlaceGeneration[place];
            Pc[caller] = ProtocolModel.Pc.Holding;
        }

        /// <summary>After a return: once more, or home.</summary>
        public Pc Next(int caller)
        {
            if (Rounds[caller] > 0)
            {
                return ProtocolModel.Pc.Done;
            }

            Rounds[caller]++;
            return ProtocolModel.Pc.Rent;
        }

        public State Copy()
        {
            var copy = new State
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
}
