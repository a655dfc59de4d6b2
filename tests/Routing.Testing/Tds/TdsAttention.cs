namespace Routing.Testing.Tds;

/// <summary>
/// What a client's attention ends: the request that was read last, until its answer ends. One thread reads requests and
/// attentions, another answers, so an attention can come before its request has begun; answered behind it, it would end
/// nothing. Thread-safe.
/// </summary>
internal sealed class TdsAttention
{
    private readonly Lock _gate = new();
    private bool _isAsked;
    private bool _isRunning;
    private bool _hasCome;

    /// <summary>Whether one has come for the request that runs.</summary>
    public bool HasCome
    {
        get
        {
            lock (_gate)
            {
                return _hasCome;
            }
        }
    }

    /// <summary>A request was read.</summary>
    public void Asked()
    {
        lock (_gate)
        {
            _isAsked = true;
            _hasCome = false;
        }
    }

    /// <summary>An attention was read, or the client has gone: false when nothing is there that it could end.</summary>
    /// <param name="engine">What runs the request.</param>
    public bool Come(ITdsEngineSession engine)
    {
        lock (_gate)
        {
            if (!_isAsked)
            {
                return false;
            }

            _hasCome = true;
            if (_isRunning)
            {
                engine.Interrupt();
            }

            return true;
        }
    }

    /// <summary>The request begins to run, and an attention interrupts the engine from here on; false when one has come before.</summary>
    public bool Begin()
    {
        lock (_gate)
        {
            _isRunning = !_hasCome;
            return _isRunning;
        }
    }

    /// <summary>The answer ends; true when it must end as an attention's.</summary>
    public bool End()
    {
        lock (_gate)
        {
            _isAsked = false;
            _isRunning = false;
            return _hasCome;
        }
    }
}
