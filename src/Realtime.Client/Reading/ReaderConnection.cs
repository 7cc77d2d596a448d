using Realtime.Client.Http;
using Realtime.Client.Transports;

namespace Realtime.Client.Reading;

/// <summary>How a connection ended.</summary>
internal enum EndingKind
{
    /// <summary>The server asked for it.</summary>
    Drained,

    /// <summary>It is time to see whether a better transport works by now.</summary>
    Climb,

    /// <summary>It was lost, could not be made, or was refused.</summary>
    Lost,
}

/// <summary>How a connection ended, and how long it had been proven alive by then.</summary>
internal readonly record struct Ending(EndingKind Kind, RealtimeClientException? Error, TimeSpan Delay, TimeSpan? Age);

/// <summary>One connection, from its first try to its end.</summary>
internal sealed class ReaderConnection(IReadTransport transport, Inbox inbox, RealtimeClientOptions options, TimeProvider time)
{
    private bool _hasCursor;
    private bool _hasPing;
    private long? _provenAt;

    /// <summary>Called once, when the two early events have come.</summary>
    internal required Action OnProven { get; init; }

    /// <summary>Called for the server's wish for the first time of the backoff.</summary>
    internal required Action<TimeSpan> OnRetry { get; init; }

    /// <summary>Called for each gap.</summary>
    internal required Action<MessageGap> OnGap { get; init; }

    /// <summary>Reads to the end.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="climbAfter">How long a connection may live before a better transport is tried.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    internal async Task<Ending> RunAsync(IReadOnlyList<string> channels, TimeSpan climbAfter, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(options.ProofTimeout, time, cancellationToken);
        var began = time.GetTimestamp();
        try
        {
            await foreach (var frame in transport.ReadAsync(new ReadRequest(channels, inbox.Cursor), limit.Token).ConfigureAwait(false))
            {
                if (_provenAt is not null)
                    limit.Restart(Timeout.InfiniteTimeSpan);
                if (frame.Kind == FrameKind.Drain)
                    return new Ending(EndingKind.Drained, null, frame.Delay, Age);
                await HandleAsync(frame, cancellationToken).ConfigureAwait(false);
                if (_provenAt is not null)
                    limit.Restart(transport.Pings ? options.SilenceLimit : Timeout.InfiniteTimeSpan);
                if (time.GetElapsedTime(began) > climbAfter)
                    return new Ending(EndingKind.Climb, null, TimeSpan.Zero, Age);
            }

            throw new InvalidOperationException("A transport ended without saying why.");
        }
        catch (Exception e) when (ApiClient.IsOfNetwork(e))
        {
            return new Ending(EndingKind.Lost, limit.Explain(e), TimeSpan.Zero, Age);
        }
    }

    private TimeSpan? Age => _provenAt is { } at ? time.GetElapsedTime(at) : null;

    private async ValueTask HandleAsync(Frame frame, CancellationToken cancellationToken)
    {
        switch (frame.Kind)
        {
            case FrameKind.Retry:
                OnRetry(frame.Delay);
                return;
            case FrameKind.Ping:
                _hasPing = true;
                break;
            default:
                foreach (var item in frame.Items)
                {
                    if (item.Gap is { } gap)
                        OnGap(gap);
                }

                // The consumer's time is not the connection's: only the subscription's own end stops this.
                await inbox.AddAsync(frame.Items, frame.Cursor, cancellationToken).ConfigureAwait(false);
                _hasCursor |= frame.Cursor is not null;
                break;
        }

        if (_provenAt is null && _hasCursor && _hasPing)
        {
            _provenAt = time.GetTimestamp();
            OnProven();
        }
    }
}
