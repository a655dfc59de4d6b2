namespace Microsoft.SqlServer.Server;

/// <summary>How a user-defined type writes itself down.</summary>
public enum Format
{
    /// <summary>Not said.</summary>
    Unknown = 0,

    /// <summary>By its fields.</summary>
    Native = 1,

    /// <summary>By itself.</summary>
    UserDefined = 2,
}

/// <summary>Marks a type of the database's.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = false, Inherited = true)]
public sealed class SqlUserDefinedTypeAttribute(Format format) : Attribute
{
    /// <summary>How it writes itself down.</summary>
    public Format Format { get; } = format;

    /// <summary>The longest value in bytes.</summary>
    public int MaxByteSize { get; set; }

    /// <summary>Whether each value is that long.</summary>
    public bool IsFixedLength { get; set; }

    /// <summary>Whether values compare as their bytes do.</summary>
    public bool IsByteOrdered { get; set; }

    /// <summary>What checks a value.</summary>
    public string? ValidationMethodName { get; set; }

    /// <summary>What the database calls it.</summary>
    public string? Name { get; set; }
}

/// <summary>A value that writes and reads itself.</summary>
public interface IBinarySerialize
{
    /// <summary>Reads it.</summary>
    void Read(BinaryReader r);

    /// <summary>Writes it.</summary>
    void Write(BinaryWriter w);
}

/// <summary>A type that is none of the database's.</summary>
public sealed class InvalidUdtException : SystemException
{
    /// <summary>Makes one.</summary>
    public InvalidUdtException()
    {
    }

    /// <summary>Makes one.</summary>
    public InvalidUdtException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public InvalidUdtException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
