using static Routing.UnitTests.Pools.ProtocolState;

namespace Routing.UnitTests.Pools;

/// <summary>
/// The protocol of <c>PoolLane</c> as a state machine whose steps are its atomic ones: a read of a word, a swap, a plain
/// write. Two places, three callers who each rent and return once, one of them twice; a cancel, a time-out, a failed open, a
/// clear and the disposal may come in between. A time-out is two steps, as in the lane: the timer fires, and later, perhaps
/// during another wait of the same caller, it ends the wait. Plain writes go through a buffer per caller, as on real processors, so that a missing fence shows.
/// What happens under the lock is one step, except where it meets the paths that take no lock.
/// </summary>
internal sealed partial class ProtocolModel(
    Missing missing, int open, bool clears = false, bool cancels = false, bool opensFail = false, bool doubleReturn = false, bool timesOut = false, bool disposes = false)
{
    /// <summary>Who holds the lock when none of the callers does.</summary>
    private const int Disposer = Callers;

    public int States { get; private set; }

    /// <summary>The first broken promise; null when none of the states breaks one.</summary>
    public string? Explore()
    {
        var seen = new HashSet<string>();
        var todo = new Stack<ProtocolState>();
        todo.Push(ProtocolState.Initial(open));
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

    private static string? JudgeEnd(ProtocolState state)
    {
        for (var caller = 0; caller < Callers; caller++)
        {
            if (state.Pc[caller] == ProtocolStep.Waiting)
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

    private void Expand(ProtocolState state, Stack<ProtocolState> todo)
    {
        for (var caller = 0; caller < Callers; caller++)
        {
            if (state.Buffered[caller] >= 0)
            {
                Push(state, todo, next => next.Flush(caller));
            }

            Step(state, caller, todo);
            if (cancels && state.Pc[caller] == ProtocolStep.Waiting && caller == 0 && state.Lock < 0)
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

    private void Step(ProtocolState state, int caller, Stack<ProtocolState> todo)
    {
        switch (state.Pc[caller])
        {
            case ProtocolStep.Rent:
                Push(state, todo, next => Ask(next, caller));
                break;
            case ProtocolStep.Look0:
            case ProtocolStep.Look1:
                Push(state, todo, next => Look(next, caller, state.Pc[caller] - ProtocolStep.Look0));
                break;
            case ProtocolStep.Swap0:
            case ProtocolStep.Swap1:
                Push(state, todo, next => Swap(next, caller, state.Pc[caller] - ProtocolStep.Swap0));
                break;
            case ProtocolStep.Enqueue when state.Lock < 0:
                Push(state, todo, next => Enqueue(next, caller));
                break;
            case ProtocolStep.Rescan0:
            case ProtocolStep.Rescan1:
                Push(state, todo, next => Rescan(next, caller, state.Pc[caller] - ProtocolStep.Rescan0));
                break;
            case ProtocolStep.Open:
                Push(state, todo, next => OpenOrSleep(next, caller));
                break;
            case ProtocolStep.Holding:
                Push(state, todo, next => BeginReturn(next, caller));
                break;
            case ProtocolStep.PutBack:
                Push(state, todo, next => PutBack(next, caller));
                break;
            case ProtocolStep.PutBackAgain:
                Push(state, todo, next => PutBackAgain(next, caller));
                break;
            case ProtocolStep.LookAgain:
                Push(state, todo, next => LookAgain(next, caller));
                break;
            case ProtocolStep.Unheard when state.Lock < 0:
            case ProtocolStep.SlowReturn when state.Lock < 0:
                Push(state, todo, next => UnderLock(next, caller, state.Pc[caller]));
                break;
        }
    }

    private static void Push(ProtocolState state, Stack<ProtocolState> todo, Action<ProtocolState> step)
    {
        var next = state.Copy();
        step(next);
        todo.Push(next);
    }

    private static void Ask(ProtocolState next, int caller)
    {
        next.AskedIn[caller] = next.Generation;
        next.Pc[caller] = next.SignalRaised(caller) ? ProtocolStep.Enqueue : ProtocolStep.Look0;
    }

    private void Look(ProtocolState next, int caller, int place)
    {
        next.Seen[caller] = next.Version[place];
        var isOld = next.PlaceGeneration[place] != next.AskedIn[caller] && !missing.HasFlag(Missing.LookAtGeneration);
        next.Pc[caller] = next.Mode[place] == Free && !isOld ? ProtocolStep.Swap0 + place
            : place + 1 < Places ? ProtocolStep.Look1
            : ProtocolStep.Enqueue;
    }

    private void Swap(ProtocolState next, int caller, int place)
    {
        if (missing.HasFlag(Missing.SwapInRent) || (next.Mode[place] == Free && next.Version[place] == next.Seen[caller]))
        {
            next.Lend(place, caller);
            return;
        }

        next.Pc[caller] = place + 1 < Places ? ProtocolStep.Look1 : ProtocolStep.Enqueue;
    }

    private void Enqueue(ProtocolState next, int caller)
    {
        if (next.Disposing > 0 && !missing.HasFlag(Missing.RefuseAfterDispose))
        {
            next.Pc[caller] = ProtocolStep.Done;
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

        next.Pc[caller] = missing.HasFlag(Missing.LookAfterSignal) ? ProtocolStep.Open : ProtocolStep.Rescan0;
    }

    private static void Rescan(ProtocolState next, int caller, int place)
    {
        if (next.Mode[place] == Free && next.PlaceGeneration[place] == next.Generation)
        {
            next.Mode[place] = Away;
            Offer(next, place);
            if (next.Pc[caller] != ProtocolStep.Holding && next.Queue.Count > 0)
            {
                next.Pc[caller] = ProtocolStep.Rescan0;
                return;
            }

            next.Unlock(caller);
            return;
        }

        next.Pc[caller] = place + 1 < Places ? ProtocolStep.Rescan1 : ProtocolStep.Open;
    }

    private static void OpenOrSleep(ProtocolState next, int caller)
    {
        Drive(next);
        next.Pc[caller] = ProtocolStep.Waiting;
        next.Unlock(caller);
    }

    /// <summary>One open for each who waits unserved, as places allow.</summary>
    private static void Drive(ProtocolState next)
    {
        while (next.Disposing == 0 && next.Queue.Count > next.Opening && next.Filled() + next.Opening < Places)
        {
            next.Opening++;
        }
    }

    private static void BeginReturn(ProtocolState next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Pc[caller] = next.Signal == (next.PlaceGeneration[place] * 2) ? ProtocolStep.PutBack : ProtocolStep.SlowReturn;
        if (next.Pc[caller] == ProtocolStep.SlowReturn)
        {
            next.Mode[place] = Away;
        }
    }

    private void PutBack(ProtocolState next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Flush(caller);
        next.Mode[place] = Free;
        next.Pc[caller] = doubleReturn && caller == 0 && !next.HasReturnedTwice ? ProtocolStep.PutBackAgain
            : missing.HasFlag(Missing.LookAfterPutBack) ? next.Next(caller)
            : ProtocolStep.LookAgain;
    }

    /// <summary>The same lease once more: refused by the swap, which compares the version.</summary>
    private void PutBackAgain(ProtocolState next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.HasReturnedTwice = true;
        var isMine = next.Mode[place] == Leased && next.Version[place] == next.MyVersion[caller];
        if (isMine || missing.HasFlag(Missing.SwapInReturn))
        {
            next.Mode[place] = Free;
        }

        next.Pc[caller] = ProtocolStep.LookAgain;
    }

    private static void LookAgain(ProtocolState next, int caller)
    {
        var place = next.PlaceOf[caller];
        next.Pc[caller] = next.Signal == (next.MyGeneration[caller] * 2) ? next.Next(caller) : ProtocolStep.Unheard;
        next.PlaceOf[caller] = place;
    }

    private void UnderLock(ProtocolState next, int caller, ProtocolStep step)
    {
        var place = next.PlaceOf[caller];
        if (step == ProtocolStep.SlowReturn)
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

    private static void CloseOrOffer(ProtocolState next, int place)
    {
        if (next.PlaceGeneration[place] == next.Generation)
        {
            Offer(next, place);
            return;
        }

        next.Mode[place] = Vacant;
    }

    private static void Offer(ProtocolState next, int place)
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
}
