namespace Routing.Drivers;

/// <summary>How a reader ended whose rows nobody wanted any more.</summary>
public enum ReaderEnding
{
    /// <summary>The rest was little and has been read past; the server was told nothing.</summary>
    ReadToEnd,

    /// <summary>The server was told to stop, and has.</summary>
    Cancelled,

    /// <summary>It did not end within the limits. The reader is still open, and its connection must close.</summary>
    Left,
}
