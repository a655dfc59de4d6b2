namespace Routing.Testing.Tds.Tsql;

/// <summary>What a session remembers between its statements. Belongs to its session.</summary>
internal sealed class TsqlState
{
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["lock_timeout"] = "-1",
        ["datefirst"] = "7",
        ["language"] = "us_english",
        ["textsize"] = "2147483647",
        ["xact_abort"] = "off",
        ["nocount"] = "off",
    };

    /// <summary>What SET set, by name.</summary>
    public Dictionary<string, string> Settings { get; private set; } = new(Defaults, StringComparer.OrdinalIgnoreCase);

    /// <summary>What <c>sp_set_session_context</c> set.</summary>
    public Dictionary<string, string?> Context { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What <c>SET CONTEXT_INFO</c> set; null for nothing.</summary>
    public byte[]? ContextInfo { get; set; }

    /// <summary>The number that the last insert gave; null for none.</summary>
    public long? LastIdentity { get; set; }

    /// <summary>How many rows the last statement changed or returned.</summary>
    public long RowCount { get; set; }

    /// <summary>The level that transactions and statements have: it survives a reset, as in servers before 2014.</summary>
    public string Isolation { get; set; } = "read committed";

    /// <summary>What a procedure may change and gets back when it returns.</summary>
    public Dictionary<string, string> CopySettings() => new(Settings, StringComparer.OrdinalIgnoreCase);

    public void RestoreSettings(Dictionary<string, string> settings) => Settings = settings;

    /// <summary>Everything but the level.</summary>
    public void Reset()
    {
        Settings = new(Defaults, StringComparer.OrdinalIgnoreCase);
        Context.Clear();
        ContextInfo = null;
        LastIdentity = null;
        RowCount = 0;
    }
}
