using static Routing.UnitTests.Pools.ProtocolState;

namespace Routing.UnitTests.Pools;

/// <content>What comes from outside the callers: the timer, the disposal, a cancel, ends of opens, a clear.</content>
internal sealed partial class ProtocolModel
{
    /// <summary>The timer of caller 0, which waits twice: it fires during a wait, and ends that one or comes too late.</summary>
    private void ExpandTimer(ProtocolState state, Stack<ProtocolState> todo)
    {
        if (state.Pc[0] == ProtocolStep.Waiting && state.TimerOf < state.Wait)
        {
            Push(state, todo, static next => next.TimerOf = next.Wait);
        }

        if (state.TimerOf > state.TimerDone && state.Lock < 0)
        {
            Push(state, todo, TimeOut);
        }
    }

    private void TimeOut(ProtocolState next)
    {
        var isOn = next.Pc[0] == ProtocolStep.Waiting && next.Wait == next.TimerOf;
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
        next.Pc[0] = ProtocolStep.Done;
    }

    /// <summary>The disposal raises the signal first and then takes what is idle, place by place, while others rent and return.</summary>
    private void ExpandDisposal(ProtocolState state, Stack<ProtocolState> todo)
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

    private static void BeginDisposal(ProtocolState next)
    {
        next.Disposing = 1;
        next.Lock = Disposer;
        next.Generation++;
        next.OldOpening = next.Opening;
        next.WriteSignal();
    }

    private void SweepOne(ProtocolState next)
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
                next.Pc[waiter] = ProtocolStep.Done;
            }

            next.Queue.Clear();
        }

        next.Unlock(Disposer);
    }

    /// <summary>What was opened for an earlier generation is closed, and its place is free for those who wait.</summary>
    private void EndOldOpen(ProtocolState next)
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

    private void Cancel(ProtocolState next, int caller)
    {
        // Missing the check, a waiter that was served in between would be ended as well: that it waits is what is checked.
        next.Queue.Remove(caller);
        next.WriteSignal();
        next.Pc[caller] = ProtocolStep.Done;
        if (missing.HasFlag(Missing.SettleOnce) && next.Opening > 0)
        {
            next.Queue.Insert(0, caller);
        }
    }

    private void EndOpen(ProtocolState next, bool succeeds)
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
                next.Pc[failed] = ProtocolStep.Done;
            }
        }

        if (!missing.HasFlag(Missing.DriveAfterOpen))
        {
            Drive(next);
        }
    }

    private static void Clear(ProtocolState next)
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
}
