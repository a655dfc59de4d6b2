namespace Routing.Transactions;

/// <summary>
/// What a transaction does outside the database once it is committed, in the order in which it was asked for. Each effect
/// belongs to the savepoint it was asked for in, and goes with it. Not thread-safe: it belongs to its transaction.
/// </summary>
internal sealed class TransactionEffects
{
    private List<(int Savepoint, Func<CancellationToken, ValueTask> Effect)>? _effects;

    public bool IsEmpty => _effects is not { Count: > 0 };

    /// <param name="savepoint">The number of the innermost savepoint around it; 0 for none.</param>
    public void Add(int savepoint, Func<CancellationToken, ValueTask> effect) => (_effects ??= []).Add((savepoint, effect));

    /// <summary>Forgets what was asked for since the savepoint: savepoints with greater numbers were set inside it.</summary>
    public void Forget(int savepoint) => _effects?.RemoveAll(effect => effect.Savepoint >= savepoint);

    /// <summary>Runs each once, all of them whatever the others throw; throws what the first one that failed threw.</summary>
    public async ValueTask RunAsync(CancellationToken ct)
    {
        if (_effects is not { } effects)
        {
            return;
        }

        _effects = null;
        Exception? first = null;
        foreach (var (_, effect) in effects)
        {
            try
            {
                await effect(ct).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The commit stands, and with it every other effect; the error comes out below.
            catch (Exception error)
#pragma warning restore CA1031
            {
                first ??= error;
            }
        }

        if (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }
}
