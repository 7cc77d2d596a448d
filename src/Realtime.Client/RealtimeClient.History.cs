using Realtime.Client.Http;

namespace Realtime.Client;

public sealed partial class RealtimeClient
{
    /// <summary>Reads a page of a channel's history.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="query">Which page; null for the newest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RealtimeClientException">The server refused it or could not be reached; it is not tried again.</exception>
    public async Task<HistoryPage> GetHistoryAsync(string channel, HistoryQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        var path = new Query(Query.OfChannel(channel, "messages"))
            .Add("before", query?.Before).Add("after", query?.After).Add("since", query?.Since?.UtcDateTime.ToString("O")).Add("limit", query?.Limit);
        return await RequireAsync<HistoryPage>(HttpMethod.Get, path.ToString(), null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A reader whose place in a channel the server keeps. Nothing is asked yet.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="name">The consumer's name, shared by all who may read the channel; <c>me</c> is everybody's own read marker.</param>
    public RealtimeConsumer Consumer(string channel, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new RealtimeConsumer(this, channel, name);
    }

    /// <summary>Calls for an answer that can't be empty.</summary>
    internal async Task<T> RequireAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan held = default) =>
        await _api.CallAsync<T>(method, path, body, cancellationToken, held).ConfigureAwait(false)
            ?? throw new RealtimeClientException(RealtimeClientException.ConnectionLost, "The answer is empty.");

    /// <summary>Calls for nothing but success.</summary>
    internal Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        _api.CallAsync<object>(HttpMethod.Delete, path, null, cancellationToken);
}
