using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Realtime.Transports.Access;

/// <summary>Makes and opens tickets and cookies: a caller, signed, for where a browser can't send a header. No server keeps them.</summary>
public sealed class TicketService
{
    /// <summary>The name of the cookie.</summary>
    public const string CookieName = "realtime";

    /// <summary>How long a ticket may be used to open connections; they themselves live as long as the token behind it.</summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromSeconds(60);

    private const int SignatureBytes = SHA256.HashSizeInBytes;

    private readonly SigningKeys _keys;
    private readonly TimeProvider _time;

    internal TicketService(SigningKeys keys, TimeProvider time)
    {
        _keys = keys;
        _time = time;
    }

    // The first byte of what is signed, so that a cookie, which lives long, is no ticket.
    private enum Kind : byte
    {
        Ticket = 1,
        Cookie = 2,
    }

    /// <summary>A ticket for <paramref name="caller"/>, and how long it can be used: less than <see cref="TicketLifetime"/> when the token ends before.</summary>
    public (string Ticket, TimeSpan Lifetime) CreateTicket(Caller caller)
    {
        var now = _time.GetUtcNow();
        var left = caller.ExpiresAt - now;
        var lifetime = left < TicketLifetime ? left : TicketLifetime;
        return (Seal(Kind.Ticket, caller, now + lifetime), lifetime);
    }

    /// <summary>The value of a cookie for <paramref name="caller"/>, good for as long as its token.</summary>
    public string CreateCookie(Caller caller) => Seal(Kind.Cookie, caller, caller.ExpiresAt);

    /// <summary>The caller in a ticket; null when it was not made by this key, was changed, or is over.</summary>
    public Caller? OpenTicket(string ticket) => Open(Kind.Ticket, ticket);

    /// <summary>The caller in a cookie; null as in <see cref="OpenTicket"/>.</summary>
    public Caller? OpenCookie(string cookie) => Open(Kind.Cookie, cookie);

    private string Seal(Kind kind, Caller caller, DateTimeOffset usableUntil)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write((byte)kind);
        writer.Write(usableUntil.UtcTicks);
        writer.Write(caller.ExpiresAt.UtcTicks);
        writer.Write(caller.User);
        WritePatterns(writer, caller.PublishPatterns);
        WritePatterns(writer, caller.ReadPatterns);
        writer.Write(HMACSHA256.HashData(_keys.TicketKey, bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return Base64Url.EncodeToString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private Caller? Open(Kind kind, string text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done || length <= SignatureBytes) return null;
        var signed = bytes.AsMemory(0, length - SignatureBytes);
        Span<byte> signature = stackalloc byte[SignatureBytes];
        HMACSHA256.HashData(_keys.TicketKey, signed.Span, signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, bytes.AsSpan(signed.Length, SignatureBytes))) return null;

        // From here on the bytes are this server's own, so their shape is known.
        using var reader = new BinaryReader(new MemoryStream(bytes, 0, signed.Length), Encoding.UTF8);
        if (reader.ReadByte() != (byte)kind) return null;
        var usableUntil = reader.ReadInt64();
        if (_time.GetUtcNow().UtcTicks >= usableUntil) return null;
        var expiresAt = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero);
        return new Caller(reader.ReadString(), expiresAt, ReadPatterns(reader), ReadPatterns(reader));
    }

    private static void WritePatterns(BinaryWriter writer, ChannelPatterns? patterns)
    {
        writer.Write(patterns is not null);
        if (patterns is null) return;
        writer.Write7BitEncodedInt(patterns.Values.Count);
        foreach (var pattern in patterns.Values) writer.Write(pattern);
    }

    private static ChannelPatterns? ReadPatterns(BinaryReader reader)
    {
        if (!reader.ReadBoolean()) return null;
        var patterns = new string[reader.Read7BitEncodedInt()];
        for (var i = 0; i < patterns.Length; i++) patterns[i] = reader.ReadString();
        return new ChannelPatterns(patterns);
    }
}
