using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Access;

/// <summary>The issuer and signing keys of <c>Realtime:Auth:Authority</c>, fetched when first needed and kept.</summary>
/// <remarks>One fetch at a time, shared by all who wait for it. After a failure nothing is fetched for a while: keys that are here go on being
/// used, and where there are none callers are told to come back. The library's ConfigurationManager queues callers behind each other's
/// time-outs instead, and reads the machine's clock.</remarks>
internal sealed partial class AuthorityKeys : IDisposable
{
    // Issuers publish a new key well before they sign with it; an hour is often enough to see it in time.
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    // How often tokens with made-up key ids can make this server call its authority.
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly HttpClient _http = new() { Timeout = FetchTimeout };
    private readonly TimeProvider _time;
    private readonly ILogger<AuthorityKeys> _logger;
    private readonly string? _address;
    private readonly HttpDocumentRetriever _retriever;
    private Snapshot? _snapshot;
    private Task<Snapshot?>? _fetch;
    private DateTimeOffset _failedAt = DateTimeOffset.MinValue;

    public AuthorityKeys(IOptions<RealtimeAuthOptions> options, TimeProvider time, ILogger<AuthorityKeys> logger)
    {
        _time = time;
        _logger = logger;
        _address = options.Value.Authority is { } authority ? authority.TrimEnd('/') + "/.well-known/openid-configuration" : null;

        // Which addresses may go without TLS was decided when the settings were checked.
        _retriever = new HttpDocumentRetriever(_http) { RequireHttps = _address?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true };
    }

    /// <summary>Whether there is an authority at all.</summary>
    public bool IsConfigured => _address is not null;

    /// <summary>The keys to check a token with. A key id that is not among them makes the server look whether the authority has new ones.</summary>
    /// <exception cref="ProblemException">503 when there are no keys and the authority can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; the fetch goes on for the others.</exception>
    public async ValueTask<Snapshot> GetAsync(string? keyId, CancellationToken cancellationToken)
    {
        var known = Volatile.Read(ref _snapshot);
        if (known is not null)
        {
            var age = _time.GetUtcNow() - known.FetchedAt;
            if (Holds(known, keyId))
            {
                // Nobody waits for a refresh: an authority that hangs must not hold up tokens that can be checked.
                if (age >= MaxAge) _ = FetchOnce();
                return known;
            }

            if (age < MinAge) return known;
        }

        return await FetchOnce().WaitAsync(cancellationToken)
            ?? known
            ?? throw new ProblemException(Problem.Overloaded("The keys that tokens are checked with can't be had at the moment.", RetryAfter));
    }

    public void Dispose() => _http.Dispose();

    // A token without a key id is tried with every key.
    private static bool Holds(Snapshot known, string? keyId) => string.IsNullOrEmpty(keyId) || known.Keys.Any(key => key.KeyId == keyId);

    private Task<Snapshot?> FetchOnce()
    {
        lock (_gate)
        {
            if (_fetch is { IsCompleted: false }) return _fetch;
            if (_time.GetUtcNow() - _failedAt < RetryAfter) return Task.FromResult<Snapshot?>(null);
            return _fetch = FetchAsync();
        }
    }

    private async Task<Snapshot?> FetchAsync()
    {
        // Off the caller's stack and lock before anything is awaited or thrown.
        await Task.Yield();
        try
        {
            var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(_address, _retriever, CancellationToken.None);
            if (string.IsNullOrEmpty(configuration.Issuer)) throw new InvalidOperationException("The authority's configuration names no issuer.");
            var snapshot = new Snapshot(configuration.Issuer, [.. configuration.SigningKeys], _time.GetUtcNow());
            Volatile.Write(ref _snapshot, snapshot);
            return snapshot;
        }
        catch (Exception failure)
        {
            // Whatever it was — no network, no JSON, a key that can't be parsed — it is the authority's and must not look like the caller's fault.
            lock (_gate) _failedAt = _time.GetUtcNow();
            Log.AuthorityFailed(_logger, _address!, failure);
            return null;
        }
    }

    /// <summary>What the authority said at one time.</summary>
    public sealed record Snapshot(string Issuer, SecurityKey[] Keys, DateTimeOffset FetchedAt);

    private static partial class Log
    {
        [LoggerMessage(4101, LogLevel.Error, "The keys of the authority at {Address} can't be fetched", EventName = "AuthorityFailed")]
        public static partial void AuthorityFailed(ILogger logger, string address, Exception exception);
    }
}
