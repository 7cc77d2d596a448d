using System.Buffers.Text;
using System.Text.Json;

namespace Realtime.Client.Http;

/// <summary>Hands out the token, and gets a new one when the last was refused or is about to expire.</summary>
internal sealed class TokenSource(Func<CancellationToken, ValueTask<string>> source, TimeProvider time) : IDisposable
{
    /// <summary>A token this close to its end is renewed before it is used: a request must not arrive after it.</summary>
    private static readonly TimeSpan RenewBefore = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _renewing = new(1);
    private volatile Issued? _current;

    /// <summary>The token; callers at once share one call of the callback.</summary>
    internal async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        if (Usable is { } usable)
            return usable;
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Usable is { } renewed)
                return renewed;
            var token = await source(cancellationToken).ConfigureAwait(false);
            _current = new Issued(token, ExpiryOf(token));
            return token;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RealtimeClientException("token", "The token could not be had.", e);
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <summary>The server refused this token: the next caller gets another.</summary>
    internal void Refuse(string token)
    {
        if (_current?.Token == token)
            _current = null;
    }

    /// <summary>Whether the connections that were made with the last token may have been ended because of its age.</summary>
    internal bool IsExpiring => _current is not null && Usable is null;

    public void Dispose() => _renewing.Dispose();

    private string? Usable => _current is { } current && (current.Expires is null || current.Expires - time.GetUtcNow() > RenewBefore) ? current.Token : null;

    /// <summary>When a JWT expires; null for a token that doesn't tell: then only the server knows, and says so with a 401.</summary>
    private static DateTimeOffset? ExpiryOf(string token)
    {
        try
        {
            var claims = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(token.Split('.')[1]));
            return DateTimeOffset.FromUnixTimeMilliseconds((long)(claims.GetProperty("exp").GetDouble() * 1000));
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private sealed record Issued(string Token, DateTimeOffset? Expires);
}
