using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Routing.Statements;

/// <summary>
/// A 64-bit hash of a text, for tables of this process: 32 bytes a step in four independent multiplications, where
/// <see cref="string.GetHashCode()"/> goes four bytes a step. Keyed by random numbers drawn when the process starts, so that texts
/// which collide cannot be prepared; it is no cryptographic promise, so tables bound what a collision can cost. Pure.
/// </summary>
internal static class TextHash
{
    private const int Stride = 64;
    private const int Half = 16;

    private static readonly ulong Key0 = Draw();
    private static readonly ulong Key1 = Draw();
    private static readonly ulong Key2 = Draw();
    private static readonly ulong Key3 = Draw();

    public static ulong Of(string text)
    {
        ref var at = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(text.AsSpan()));
        var left = text.Length * sizeof(char);
        var hash = Key0 ^ (ulong)left;
        if (left >= Stride)
        {
            var (a, b, c, d) = (hash, Key1, Key2, Key3);
            do
            {
                a = Fold(Read(ref at, 0) ^ Key1, Read(ref at, 8) ^ a);
                b = Fold(Read(ref at, 16) ^ Key2, Read(ref at, 24) ^ b);
                c = Fold(Read(ref at, 32) ^ Key3, Read(ref at, 40) ^ c);
                d = Fold(Read(ref at, 48) ^ Key0, Read(ref at, 56) ^ d);
                at = ref Unsafe.AddByteOffset(ref at, Stride);
                left -= Stride;
            }
            while (left >= Stride);
            hash = Fold(a ^ c, b ^ d ^ Key1);
        }

        for (; left >= Half; left -= Half)
        {
            hash = Fold(Read(ref at, 0) ^ Key2, Read(ref at, 8) ^ hash);
            at = ref Unsafe.AddByteOffset(ref at, Half);
        }

        return Fold(hash ^ Key3, Last(ref at, left) ^ Key1);
    }

    /// <summary>The product's two halves in one: every bit of it depends on every bit of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte from, int offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref from, offset));

    /// <summary>The characters that are left, fewer than eight.</summary>
    private static ulong Last(ref byte at, int left)
    {
        ulong last = 0;
        if (left >= sizeof(ulong))
        {
            last = Read(ref at, 0);
            at = ref Unsafe.AddByteOffset(ref at, sizeof(ulong));
            left -= sizeof(ulong);
            last = Fold(last ^ Key0, Key2);
        }

        for (; left > 0; left -= sizeof(char))
        {
            last = (last << 16) ^ (last >> 48) ^ Unsafe.ReadUnaligned<char>(ref at);
            at = ref Unsafe.AddByteOffset(ref at, sizeof(char));
        }

        return last;
    }

    private static ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}
