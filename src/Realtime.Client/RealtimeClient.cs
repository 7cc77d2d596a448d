using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Client.Http;
using Realtime.Client.Reading;

namespace Realtime.Client;

/// <summary>
/// A client of a Realtime server. Subscriptions have a connection each, made when they are enumerated; all else goes by HTTP. Safe to use from several
/// threads. Disposing it ends its subscriptions.
/// </summary>
public sealed partial class RealtimeClient : IAsyncDisposable
{
    /// <summary>The name of its <see cref="HttpClient"/> where it comes from an <see cref="IHttpClientFactory"/>.</summary>
    public const string HttpClientName = "Realtime.Client";

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _readers = new();
    private readonly RealtimeClientOptions _options;
    private readonly HttpClient? _ownHttp;
    private readonly TokenSource _tokens;
    private readonly ApiClient _api;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Makes a client; nothing is connected yet.</summary>
    /// <param name="options">The options, read now.</param>
    /// <param name="http">Carries all requests and WebSocket handshakes, and stays the caller's; its timeout must be longer than a held poll. Null makes one.</param>
    /// <param name="logger">Null logs nothing.</param>
    /// <param name="time">Null is the system's clock.</param>
    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public RealtimeClient(RealtimeClientOptions options, HttpClient? http = null, ILogger<RealtimeClient>? logger = null, TimeProvider? time = null)
        : this(options, http is null ? null : () => http, logger, time)
    {
    }

    internal RealtimeClient(RealtimeClientOptions options, Func<HttpClient>? http, ILogger? logger, TimeProvider? time)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = new RealtimeClientOptionsValidator().Validate(null, options);
        if (result.Failed)
            throw new ArgumentException(result.FailureMessage, nameof(options));
        _options = options;
        _logger = logger ?? NullLogger<RealtimeClient>.Instance;
        _time = time ?? TimeProvider.System;
        if (http is null)
        {
            _ownHttp = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) }) { Timeout = Timeout.InfiniteTimeSpan };
            http = () => _ownHttp;
        }

        _tokens = new TokenSource(options.Token!, _time);
        _api = new ApiClient(http, _tokens, options, _time);
    }

    /// <summary>Raised when a subscription's connection was proven alive or lost, from its reading loop: a handler delays what is read. What it throws is logged.</summary>
    public event EventHandler<ConnectionChangedEventArgs>? ConnectionChanged;

    /// <summary>
    /// Reads channels: every message once and in the order of its channel's offsets, over any number of disconnections, transports and nodes, or a notice of
    /// the gap where messages can't be had any more, before those that follow it; and signals, at most once. The enumeration ends when the client is disposed.
    /// </summary>
    /// <param name="channels">The channels, at most as many as the server allows (256 by default).</param>
    /// <param name="cursor">Where to begin: a cursor of an earlier item, <c>earliest</c> for all that is retained, or null for what comes from now on.</param>
    /// <param name="cancellationToken">Ends the enumeration by an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="RealtimeClientException">While enumerating: the server refused the token, a channel or the cursor for good.</exception>
    public IAsyncEnumerable<ReceivedMessage> SubscribeAsync(
        IEnumerable<string> channels, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        string[] list = [.. channels];
        if (list.Length == 0 || list.Any(string.IsNullOrEmpty))
            throw new ArgumentException("There must be at least one channel, and none without a name.", nameof(channels));
        return ReadAsync(list, cursor ?? "latest", cancellationToken);
    }

    /// <summary>Ends all subscriptions, and waits until their connections are closed. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_readers.Keys).ConfigureAwait(false);
        _ownHttp?.Dispose();
        _tokens.Dispose();
        _stop.Dispose();
    }

    private async IAsyncEnumerable<ReceivedMessage> ReadAsync(string[] channels, string cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        var inbox = new Inbox(cursor, _options.BufferSize);
        var reading = new Reader(_api, channels, inbox, _options, _logger, RaiseConnectionChanged).RunAsync(end.Token);
        _readers.TryAdd(reading, 0);
        try
        {
            await foreach (var item in inbox.Items.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            _readers.TryRemove(reading, out _);
        }
    }

    private void RaiseConnectionChanged(ConnectionChangedEventArgs change)
    {
        try
        {
            ConnectionChanged?.Invoke(this, change);
        }
        catch (Exception e)
        {
            Log.HandlerThrew(_logger, e);
        }
    }
}
