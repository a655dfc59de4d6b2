namespace Routing.Testing.Tds;

/// <summary>What a message of the protocol is, by the first byte of its packets.</summary>
public enum TdsPacketType : byte
{
    /// <summary>A text of SQL.</summary>
    Batch = 1,

    /// <summary>Calls of procedures.</summary>
    Rpc = 3,

    /// <summary>Whatever the server answers.</summary>
    Answer = 4,

    /// <summary>The client wants the running request to end.</summary>
    Attention = 6,

    /// <summary>Rows of a bulk load.</summary>
    Bulk = 7,

    /// <summary>Begin, commit, roll back, save.</summary>
    Transaction = 14,

    /// <summary>The client's log-in.</summary>
    Login = 16,

    /// <summary>The handshake before it, and TLS inside of it.</summary>
    Prelogin = 18,
}

/// <summary>The bits of a packet's second byte.</summary>
[Flags]
public enum TdsPacketStatus : byte
{
    /// <summary>More packets of the message follow.</summary>
    None = 0,

    /// <summary>The last packet of its message.</summary>
    EndOfMessage = 1,

    /// <summary>The client gave the message up half way.</summary>
    Ignore = 2,

    /// <summary>The session is reset before the message is run.</summary>
    ResetConnection = 8,

    /// <summary>The same, but an open transaction stays.</summary>
    ResetConnectionKeepTransaction = 16,
}

/// <summary>A whole message of the client.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Status">The bits of its first packet.</param>
/// <param name="Payload">What stands in its packets, without their headers.</param>
public sealed record TdsMessage(TdsPacketType Type, TdsPacketStatus Status, byte[] Payload);
