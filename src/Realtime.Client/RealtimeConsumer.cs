using Realtime.Client.Http;

namespace Realtime.Client;

/// <summary>How far a consumer has read.</summary>
/// <param name="Consumer">Its name.</param>
/// <param name="Offset">The offset that was committed last; 0 before the first commit, and when the log has begun anew since.</param>
/// <param name="Head">The last offset of the channel.</param>
/// <param name="Lag">How many messages lie between the two.</param>
public sealed record ConsumerState(string Consumer, long Offset, long Head, long Lag);

/// <summary>A reader at its own pace: the server keeps its place, fetching commits nothing, and what was not committed comes again.</summary>
public sealed class RealtimeConsumer
{
    private readonly RealtimeClient _client;
    private readonly string _path;

    internal RealtimeConsumer(RealtimeClient client, string channel, string name)
    {
        _client = client;
        _path = Query.OfChannel(channel, $"consumers/{Uri.EscapeDataString(name)}");
        Channel = channel;
        Name = name;
    }

    /// <summary>The channel that it reads.</summary>
    public string Channel { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Tells how far it has read, and its lag.</summary>
    /// <exception cref="RealtimeClientException">The server refused it or could not be reached, as for all that follow.</exception>
    public Task<ConsumerState> GetStateAsync(CancellationToken cancellationToken = default) =>
        _client.RequireAsync<ConsumerState>(HttpMethod.Get, _path, null, cancellationToken);

    /// <summary>Reads what follows its place; an empty page means that there is nothing new.</summary>
    /// <param name="limit">How many messages at most; the server's by default, 100. The server cuts it at 1,000.</param>
    /// <param name="wait">How long the server may hold the request until there is enough, at most 55 s; not at all by default.</param>
    /// <param name="minBytes">How many bytes of messages, as JSON, are enough; 1 by default.</param>
    /// <param name="after">Reads after this offset rather than after the committed one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<HistoryPage> FetchAsync(
        int? limit = null, TimeSpan wait = default, int? minBytes = null, long? after = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wait.Ticks, nameof(wait));
        var path = new Query(_path + "/messages")
            .Add("limit", limit).Add("wait", wait.TotalSeconds).Add("minBytes", minBytes).Add("after", after).ToString();
        return _client.RequireAsync<HistoryPage>(HttpMethod.Get, path, null, cancellationToken, wait);
    }

    /// <summary>Commits that everything up to this offset, and no more, has been read; 0 means nothing.</summary>
    /// <param name="offset">At most the channel's last offset.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ConsumerState> CommitAsync(long offset, CancellationToken cancellationToken = default) => PutAsync(new { offset }, cancellationToken);

    /// <summary>Commits a place by name.</summary>
    /// <param name="to"><c>earliest</c>: everything that is retained comes next; <c>latest</c>: only what is published from now on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ConsumerState> SeekAsync(string to, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(to);
        return PutAsync(new { seek = to }, cancellationToken);
    }

    /// <summary>Commits a place so that the messages accepted at this time or later come next.</summary>
    public Task<ConsumerState> SeekAsync(DateTimeOffset to, CancellationToken cancellationToken = default) =>
        SeekAsync(to.UtcDateTime.ToString("O"), cancellationToken);

    /// <summary>Makes the server forget the consumer; <c>not-found</c> where there is none.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken = default) => _client.DeleteAsync(_path, cancellationToken);

    private Task<ConsumerState> PutAsync(object place, CancellationToken cancellationToken) =>
        _client.RequireAsync<ConsumerState>(HttpMethod.Put, _path, place, cancellationToken);
}
