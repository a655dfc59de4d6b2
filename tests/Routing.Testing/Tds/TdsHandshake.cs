using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Routing.Testing.Tds;

/// <summary>
/// What happens before the log-in (MS-TDS 2.2.6.5): both say whether they encrypt, and if so a TLS handshake follows, whose
/// bytes travel inside packets until it is done.
/// </summary>
internal static class TdsHandshake
{
    private const byte Off = 0;
    private const byte On = 1;
    private const byte NotSupported = 2;
    private const byte Required = 3;

    public static void Run(TdsChannel channel, TdsMessage prelogin, X509Certificate2? certificate)
    {
        var asked = EncryptionOf(prelogin.Payload);
        var encrypts = certificate is not null && asked is On or Required;
        Answer(channel, certificate is null ? NotSupported : encrypts ? On : asked == NotSupported ? NotSupported : Off);
        if (encrypts || (certificate is not null && asked == Off))
        {
            Encrypt(channel, certificate!, loginOnly: !encrypts);
        }
    }

    private static byte EncryptionOf(byte[] payload)
    {
        for (var at = 0; payload[at] != 0xFF; at += 5)
        {
            if (payload[at] == 1)
            {
                return payload[BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at + 1))];
            }
        }

        return NotSupported;
    }

    private static void Answer(TdsChannel channel, byte encryption)
    {
        // Version, encryption, instance, MARS: each with its place and its length, then their values.
        channel.Write(
        [
            0, 0, 21, 0, 6,
            1, 0, 27, 0, 1,
            2, 0, 28, 0, 1,
            4, 0, 29, 0, 1,
            0xFF,
            16, 0, 0x10, 0x00, 0, 0,
            encryption,
            0,
            0,
        ]);
        channel.End();
    }

    private static void Encrypt(TdsChannel channel, X509Certificate2 certificate, bool loginOnly)
    {
        var plain = channel.Stream;
        var wrapped = new HandshakeStream(plain);
        var tls = new SslStream(wrapped, leaveInnerStreamOpen: true);
        tls.AuthenticateAsServer(certificate, clientCertificateRequired: false, SslProtocols.Tls12, checkCertificateRevocation: false);
        wrapped.IsDone = true;
        channel.Stream = tls;
        channel.PlainAfterLogin = loginOnly ? plain : null;
    }

    /// <summary>Wraps the handshake in packets, and nothing after it.</summary>
    private sealed class HandshakeStream(Stream inner) : Stream
    {
        private int _left;

        public bool IsDone { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (IsDone)
            {
                return inner.Read(buffer, offset, count);
            }

            if (_left == 0)
            {
                var header = new byte[8];
                inner.ReadExactly(header);
                _left = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)) - header.Length;
            }

            var read = inner.Read(buffer, offset, Math.Min(count, _left));
            _left -= read;
            return read;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (!IsDone)
            {
                var header = new byte[8];
                header[0] = (byte)TdsPacketType.Prelogin;
                header[1] = (byte)TdsPacketStatus.EndOfMessage;
                BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(count + header.Length));
                inner.Write(header);
            }

            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
