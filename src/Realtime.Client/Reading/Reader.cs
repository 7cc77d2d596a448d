using Microsoft.Extensions.Logging;
using Realtime.Client.Http;
using Realtime.Client.Transports;

namespace Realtime.Client.Reading;

/// <summary>Reads for one subscription: makes a connection, judges how it ended, and makes the next, until it is stopped or refused for good.</summary>
internal sealed class Reader(
    ApiClient api, IReadOnlyList<string> channels, Inbox inbox, RealtimeClientOptions options, ILogger logger, Action<ConnectionChangedEventArgs> onChanged)
{
    /// <summary>A connection that lived this long shows that the trouble before it is over.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    /// <summary>What was learned of a network is forgotten after this, and the better transports are tried again.</summary>
    private static readonly TimeSpan ClimbAfter = TimeSpan.FromMinutes(5);

    private readonly TransportSelector _selector = new(options.Transport);
    private readonly Backoff _backoff = new(options.ReconnectDelay, options.MaxReconnectDelay);

    /// <summary>Runs until it is cancelled, which is no error, or refused; the inbox is complete then.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
                await RunOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            inbox.Complete(null);
        }
        catch (Exception e)
        {
            Log.Refused(logger, e);
            inbox.Complete(e);
        }
    }

    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var kind = _selector.Current;
        var connection = new ReaderConnection(Create(kind), inbox, options, api.Time)
        {
            OnProven = () =>
            {
                Log.Connected(logger, channels.Count, kind.Label());
                onChanged(new ConnectionChangedEventArgs(kind, true, null, TimeSpan.Zero));
            },
            OnRetry = _backoff.Rebase,
            OnGap = gap => Log.Gap(logger, gap.Channel, gap.Requested, gap.First, gap.Reason),
        };
        var ending = await connection.RunAsync(channels, _selector.IsFallback ? ClimbAfter : TimeSpan.MaxValue, cancellationToken).ConfigureAwait(false);
        var delay = await JudgeAsync(ending, cancellationToken).ConfigureAwait(false);
        onChanged(new ConnectionChangedEventArgs(kind, false, ending.Error, delay));
        if (delay == TimeSpan.Zero)
            return;
        Log.Reconnecting(logger, kind.Label(), delay, ending.Error);
        await Task.Delay(delay, api.Time, cancellationToken).ConfigureAwait(false);
    }

    private IReadTransport Create(RealtimeTransport kind) => kind switch
    {
        RealtimeTransport.WebSocket => new WebSocketTransport(api),
        RealtimeTransport.ServerSentEvents => new ServerSentEventsTransport(api),
        _ => new PollTransport(api, options, kind == RealtimeTransport.LongPoll),
    };

    /// <summary>How long to wait before the next connection; throws a refusal for good.</summary>
    private async ValueTask<TimeSpan> JudgeAsync(Ending ending, CancellationToken cancellationToken)
    {
        if (ending.Age >= Settled)
        {
            _backoff.Reset();
            _selector.Worked();
        }

        if (ending.Error is not { } error)
        {
            if (ending.Kind == EndingKind.Climb)
                _selector.Reset();
            return ending.Delay;
        }

        if (error.IsFromServer)
            return error.IsTransient ? _backoff.Next(error.RetryAfter) : throw error;
        if (ending.Age is null)
            return await JudgeFailureAsync(error, cancellationToken).ConfigureAwait(false);
        // A token that ends takes its connection with it, which is not the transport's fault.
        if (ending.Age < Settled && !api.Tokens.IsExpiring)
            FallBack(_selector.DiedEarly, error);
        return _backoff.Next(error.RetryAfter);
    }

    /// <summary>A connection could not be made: a server that can't be reached, or says no, is not the transport's fault.</summary>
    private async ValueTask<TimeSpan> JudgeFailureAsync(RealtimeClientException error, CancellationToken cancellationToken)
    {
        try
        {
            await api.CallAsync<HistoryPage>(HttpMethod.Get, Query.OfChannel(channels[0], "messages?limit=1"), null, cancellationToken).ConfigureAwait(false);
        }
        catch (RealtimeClientException unreachable) when (unreachable.IsTransient || !unreachable.IsFromServer)
        {
            return _backoff.Next(unreachable.RetryAfter);
        }

        return FallBack(_selector.Failed, error) ? TimeSpan.Zero : _backoff.Next(error.RetryAfter);
    }

    private bool FallBack(Func<bool> judge, RealtimeClientException error)
    {
        var before = _selector.Current;
        if (!judge())
            return false;
        Log.FellBack(logger, before.Label(), _selector.Current.Label(), error);
        return true;
    }
}
