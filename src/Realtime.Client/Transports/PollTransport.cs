using System.Runtime.CompilerServices;
using Realtime.Client.Http;

namespace Realtime.Client.Transports;

/// <summary>Asks, hands over the answer, asks again from the new cursor. A lost answer is harmless: the cursor did not move.</summary>
internal sealed class PollTransport(ApiClient api, RealtimeClientOptions options, bool isHeld) : IReadTransport
{
    /// <summary>Small enough that an answer gets through a network that cuts connections; a full one is followed by the next at once.</summary>
    private const int PageSize = 100;

    /// <summary>An empty answer that comes sooner than this was not held: the pause keeps a broken proxy from causing a storm.</summary>
    private static readonly TimeSpan ShortestEmptyPoll = TimeSpan.FromMilliseconds(250);

    public RealtimeTransport Kind => isHeld ? RealtimeTransport.LongPoll : RealtimeTransport.ShortPoll;

    public bool Pings => false;

    public async IAsyncEnumerable<Frame> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The first poll is not held, so that its answer proves at once that polls get through.
        for (var isFirst = true; ; isFirst = false)
        {
            var wait = isHeld && !isFirst ? (int)Math.Ceiling(options.LongPollWait.TotalSeconds) : 0;
            var (method, path, body) = ReadPath.Of("api/poll", request, wait, PageSize);
            var began = api.Time.GetTimestamp();
            var (answer, retryAfter) = await api.AskAsync<PollJson>(method, path, body, cancellationToken, TimeSpan.FromSeconds(wait)).ConfigureAwait(false);
            var took = api.Time.GetElapsedTime(began);

            request = request with { Cursor = answer?.Cursor ?? request.Cursor };
            IReadOnlyList<ReceivedMessage> items = answer is null
                ? []
                : [.. (answer.Gaps ?? []).Select(Wire.AsItem), .. answer.Messages ?? [], .. answer.Signals ?? []];
            yield return Frame.Of(items, request.Cursor);
            // An answer that came whole was held back by nothing: it stands for both early events.
            yield return Frame.Ping;

            var wished = answer?.PollAfter is { } ms ? TimeSpan.FromMilliseconds(ms) : retryAfter ?? TimeSpan.Zero;
            var pause = isHeld ? PauseOfHeld(isFirst, items.Count == 0, took, wished) : PauseOfShort(answer?.Messages?.Count ?? 0, wished);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, api.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static TimeSpan PauseOfHeld(bool isFirst, bool isEmpty, TimeSpan took, TimeSpan wished)
    {
        if (isFirst)
            return TimeSpan.Zero;
        return isEmpty && took < ShortestEmptyPoll && wished < ShortestEmptyPoll ? ShortestEmptyPoll : wished;
    }

    // A full page says that there is more.
    private TimeSpan PauseOfShort(int messages, TimeSpan wished) =>
        messages == PageSize ? wished : wished > options.PollInterval ? wished : options.PollInterval;
}
