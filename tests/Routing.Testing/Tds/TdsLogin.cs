using System.Buffers.Binary;
using System.Text;

namespace Routing.Testing.Tds;

/// <summary>What a client says about itself when it logs in (MS-TDS 2.2.6.4).</summary>
/// <param name="Host">Its machine.</param>
/// <param name="User">Who it is.</param>
/// <param name="Password">How it proves it.</param>
/// <param name="Application">The program.</param>
/// <param name="Database">Where it wants to go; empty for the user's own.</param>
/// <param name="PacketSize">How long it wants packets to be.</param>
/// <param name="Version">The protocol's version, as it was sent.</param>
/// <param name="IsReadOnlyIntent">Whether it asked for a node that only reads.</param>
public sealed record TdsLogin(
    string Host, string User, string Password, string Application, string Database, int PacketSize, uint Version, bool IsReadOnlyIntent)
{
    private const int FirstOffset = 36;
    private const byte ReadOnlyIntent = 0x20;

    internal static TdsLogin Parse(byte[] payload)
    {
        string Field(int index)
        {
            var at = payload.AsSpan(FirstOffset + (index * 4));
            return Encoding.Unicode.GetString(payload, BinaryPrimitives.ReadUInt16LittleEndian(at), BinaryPrimitives.ReadUInt16LittleEndian(at[2..]) * 2);
        }

        string Secret(int index)
        {
            var at = payload.AsSpan(FirstOffset + (index * 4));
            var bytes = payload.AsSpan(BinaryPrimitives.ReadUInt16LittleEndian(at), BinaryPrimitives.ReadUInt16LittleEndian(at[2..]) * 2).ToArray();
            for (var i = 0; i < bytes.Length; i++)
            {
                var mixed = bytes[i] ^ 0xA5;
                bytes[i] = (byte)((mixed << 4) | (mixed >> 4));
            }

            return Encoding.Unicode.GetString(bytes);
        }

        return new TdsLogin(
            Field(0),
            Field(1),
            Secret(2),
            Field(3),
            Field(8),
            BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(8)),
            BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4)),
            (payload[26] & ReadOnlyIntent) != 0);
    }
}
