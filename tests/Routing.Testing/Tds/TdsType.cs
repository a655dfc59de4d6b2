namespace Routing.Testing.Tds;

/// <summary>A type as the protocol describes it (MS-TDS 2.2.5.4): the nullable form of each, which is what servers send.</summary>
/// <param name="Code">Its byte.</param>
/// <param name="Size">The longest value in bytes; <see cref="Max"/> for none.</param>
/// <param name="Precision">Digits of a decimal.</param>
/// <param name="Scale">Digits behind the point, of a decimal or of seconds.</param>
public sealed record TdsType(byte Code, int Size, byte Precision = 0, byte Scale = 0)
{
    /// <summary>The size of a value sent in chunks.</summary>
    public const int Max = 0xFFFF;

    internal const byte NullCode = 0x1F;
    internal const byte GuidCode = 0x24;
    internal const byte IntCode = 0x26;
    internal const byte DateCode = 0x28;
    internal const byte TimeCode = 0x29;
    internal const byte DateTime2Code = 0x2A;
    internal const byte DateTimeOffsetCode = 0x2B;
    internal const byte NTextCode = 0x63;
    internal const byte BitCode = 0x68;
    internal const byte DecimalCode = 0x6A;
    internal const byte NumericCode = 0x6C;
    internal const byte FloatCode = 0x6D;
    internal const byte MoneyCode = 0x6E;
    internal const byte DateTimeCode = 0x6F;
    internal const byte VarBinaryCode = 0xA5;
    internal const byte VarCharCode = 0xA7;
    internal const byte BinaryCode = 0xAD;
    internal const byte CharCode = 0xAF;
    internal const byte NVarCharCode = 0xE7;
    internal const byte NCharCode = 0xEF;
    internal const byte TableCode = 0xF3;

    /// <summary>The types of columns that need no measure.</summary>
    public static TdsType TinyInt { get; } = new(IntCode, 1);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType SmallInt { get; } = new(IntCode, 2);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType IntN { get; } = new(IntCode, 4);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType BigInt { get; } = new(IntCode, 8);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType Bit { get; } = new(BitCode, 1);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType Real { get; } = new(FloatCode, 4);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType FloatN { get; } = new(FloatCode, 8);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType Money { get; } = new(MoneyCode, 8);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType UniqueIdentifier { get; } = new(GuidCode, 16);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType Date { get; } = new(DateCode, 3);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType DateTime { get; } = new(DateTimeCode, 8);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType NVarCharMax { get; } = new(NVarCharCode, Max);

    /// <inheritdoc cref="TinyInt"/>
    public static TdsType VarBinaryMax { get; } = new(VarBinaryCode, Max);

    /// <summary>Whether values are text.</summary>
    public bool IsText => Code is NVarCharCode or NCharCode or VarCharCode or CharCode;

    /// <summary>Whether values are text of one byte a character; here always Latin-1.</summary>
    public bool IsNarrow => Code is VarCharCode or CharCode;

    internal bool IsBytes => Code is VarBinaryCode or BinaryCode;

    internal bool IsChunked => Size == Max && (Code is NVarCharCode or VarCharCode or VarBinaryCode);

    /// <summary>An exact number. Its size is the largest whatever its precision: a bulk copy sends values of that size, and says the one it was told.</summary>
    public static TdsType DecimalN(int precision, int scale) => new(DecimalCode, 17, (byte)precision, (byte)scale);

    /// <summary>A time of the day.</summary>
    public static TdsType Time(int scale) => new(TimeCode, TimeBytes(scale), 0, (byte)scale);

    /// <summary>A date with a time.</summary>
    public static TdsType DateTime2(int scale) => new(DateTime2Code, TimeBytes(scale) + 3, 0, (byte)scale);

    /// <summary>A date with a time and its distance from UTC.</summary>
    public static TdsType DateTimeOffset(int scale) => new(DateTimeOffsetCode, TimeBytes(scale) + 5, 0, (byte)scale);

    /// <summary>Text of up to so many characters.</summary>
    public static TdsType NVarChar(int characters) => new(NVarCharCode, characters * 2);

    /// <summary>The type that fits a value of which nothing else is known.</summary>
    public static TdsType Of(object? value) => value switch
    {
        int => IntN,
        long => BigInt,
        bool => Bit,
        double => FloatN,
        decimal => DecimalN(38, 10),
        Guid => UniqueIdentifier,
        byte[] => VarBinaryMax,
        _ => NVarCharMax,
    };

    internal static int TimeBytes(int scale) => scale <= 2 ? 3 : scale <= 4 ? 4 : 5;
}

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="Type">Its type.</param>
public sealed record TdsColumn(string Name, TdsType Type);

/// <summary>An argument of a request.</summary>
/// <param name="Name">With its <c>@</c>; empty where it was given by its place.</param>
/// <param name="Type">Its type.</param>
/// <param name="Value">Its value; null for NULL. A <see cref="TdsTable"/> for a table.</param>
/// <param name="IsOutput">Whether the client wants its value afterwards.</param>
public sealed record TdsParameter(string Name, TdsType Type, object? Value, bool IsOutput = false)
{
    /// <summary>Its value; what the engine sets is what an output parameter goes back with.</summary>
    public object? Value { get; set; } = Value;
}

/// <summary>The value of a table parameter.</summary>
/// <param name="TypeName">The name of its type.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows.</param>
public sealed record TdsTable(string TypeName, IReadOnlyList<TdsColumn> Columns, IReadOnlyList<object?[]> Rows);
