namespace Routing.Testing.Tds;

/// <summary>An error as SQL Server numbers them.</summary>
/// <param name="number">Its number; 2627 for a key that is there twice.</param>
/// <param name="severity">Its class: from 20 on the connection ends with it.</param>
/// <param name="message">Its text.</param>
/// <param name="state">Its state.</param>
public sealed class TdsException(int number, byte severity, string message, byte state = 1) : Exception(message)
{
    /// <summary>Which error it is.</summary>
    public int Number { get; } = number;

    /// <summary>How bad it is.</summary>
    public byte Severity { get; } = severity;

    /// <summary>Which of its places raised it.</summary>
    public byte State { get; } = state;

    /// <summary>Whether the server has rolled the transaction back with it.</summary>
    public bool RollsBack { get; init; }
}
