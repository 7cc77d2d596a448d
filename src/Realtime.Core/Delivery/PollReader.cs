using Realtime.Channels;
using Realtime.Presence;
using Realtime.Sessions;
using Realtime.Transports;

namespace Realtime.Delivery;

/// <summary>What a poll asks for.</summary>
/// <param name="Channels">Valid, authorised and distinct; 1 or more.</param>
/// <param name="Start">Where to read from.</param>
/// <param name="Limit">The most messages; 1 or more.</param>
/// <param name="Wait">How long to wait for the first; zero answers at once.</param>
public sealed record PollRequest(IReadOnlyList<ChannelName> Channels, ReadStart Start, int Limit, TimeSpan Wait)
{
    /// <summary>Who polls, to be present in the channels; null for nobody.</summary>
    public string? User { get; init; }

    /// <summary>How many bytes of messages to wait for; 1 or more, cut down to what an answer may hold. One by default: the first message is enough.</summary>
    public int MinBytes { get; init; } = 1;

    /// <summary>Whether signals are wanted; they are, by default.</summary>
    public bool WantsSignals { get; init; } = true;

    /// <summary>Whether it is a long or a short poll, of <see cref="TransportNames"/>.</summary>
    public string Transport { get; init; } = TransportNames.LongPoll;
}

/// <summary>What a poll found.</summary>
/// <param name="Cursor">The cursor after it.</param>
/// <param name="Messages">Ascending in each channel.</param>
/// <param name="Gaps">What is missing before them.</param>
/// <param name="Signals">What was signalled while the poll waited.</param>
/// <param name="IsNews">Whether the client must get an answer: there is something, or the cursor tells it where it begins.</param>
/// <param name="HasMore">Whether more can be read at once.</param>
/// <param name="IsDraining">Whether the server shuts down.</param>
/// <param name="States">The channels' states, not older than the messages, in the order in which the channels were asked for.</param>
public sealed record PollResult(
    string Cursor,
    IReadOnlyList<Message> Messages,
    IReadOnlyList<Gap> Gaps,
    IReadOnlyList<Signal> Signals,
    bool IsNews,
    bool HasMore,
    bool IsDraining,
    IReadOnlyList<ChannelState> States);

/// <summary>Answers polls. The cursor is all the state there is, so any node answers any poll, and a lost answer costs nothing.</summary>
public sealed class PollReader(ChannelLogs logs, LogReader reader, PresenceRegistry presence, TimeProvider time)
{
    /// <summary>The bytes of messages in one answer: another poll gets the rest.</summary>
    public const int MaxAnswerBytes = 1 << 20;

    private volatile bool _draining;

    /// <summary>Reads what follows the cursor, waiting for it where asked to.</summary>
    /// <param name="request">The poll.</param>
    /// <param name="cancellationToken">Ends the wait; the answer is then empty.</param>
    /// <exception cref="RealtimeException">The store can't be read.</exception>
    public ValueTask<PollResult> PollAsync(PollRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return FinishAsync(BeginAsync(request, cancellationToken), request.Wait, cancellationToken);
    }

    /// <summary>Answers all parked polls and lets no more wait.</summary>
    public void Drain()
    {
        _draining = true;
        foreach (var log in logs.All)
            log.WakeWaiters();
    }

    // In two methods, so that a poll that is held keeps nothing of the request but what the answer needs.
    private async ValueTask<PollAnswer> BeginAsync(PollRequest request, CancellationToken cancellationToken)
    {
        var held = await logs.AcquireAsync(request.Channels, request.Start, cancellationToken);
        try
        {
            var answer = new PollAnswer(held, request);
            await answer.ReadAsync(reader, cancellationToken);
            answer.Enter(presence);
            return answer;
        }
        catch
        {
            foreach (var log in held)
                logs.Release(log);
            throw;
        }
    }

    private async ValueTask<PollResult> FinishAsync(ValueTask<PollAnswer> beginning, TimeSpan wait, CancellationToken cancellationToken)
    {
        var answer = await beginning;
        try
        {
            var began = time.GetTimestamp();
            while (!answer.IsEnough && !_draining)
            {
                var left = wait - time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                    break;
                bool woken;
                using (var waiter = new PollWaiter(answer.Logs, left, time, cancellationToken))
                {
                    // What came between the last look and the registration woke nobody.
                    if (answer.MayHaveNews || _draining)
                        waiter.Wake();
                    woken = await waiter.Woken;
                }

                await answer.ReadAsync(reader, cancellationToken);
                if (!woken)
                    break;
            }

            return answer.ToResult(_draining);
        }
        finally
        {
            answer.Leave();
            foreach (var log in answer.Logs)
                logs.Release(log);
        }
    }
}

/// <summary>The answer to one poll while it is put together.</summary>
internal sealed class PollAnswer
{
    private readonly ChannelLog[] _logs;
    private readonly Position[] _positions;
    private readonly long[] _signalNumbers;
    private readonly int _limit;
    private readonly string? _user;
    private readonly string _transport;
    private readonly int _minBytes;
    private readonly bool _wantsSignals;
    private int _bytes;
    private PresenceEntry?[]? _presences;
    private readonly List<Message> _messages = [];
    private List<Gap>? _gaps;
    private List<Signal>? _signals;
    private bool _tellsCursor;
    private bool _hasMore;

    internal PollAnswer(ChannelLog[] logs, PollRequest request)
    {
        _logs = logs;
        _limit = request.Limit;
        _user = request.User;
        _transport = request.Transport;
        _minBytes = Math.Min(request.MinBytes, PollReader.MaxAnswerBytes);
        _wantsSignals = request.WantsSignals;
        _positions = new Position[logs.Length];
        _signalNumbers = new long[logs.Length];
        for (var i = 0; i < logs.Length; i++)
        {
            _positions[i] = request.Start.In(logs[i].Key, logs[i].State, out var known);
            _signalNumbers[i] = logs[i].SignalHead;
            // Only an answer tells the client where it stands in a channel that its cursor lacks.
            _tellsCursor |= !known;
        }
    }

    /// <summary>The channels' logs, leased for the poll.</summary>
    internal ChannelLog[] Logs => _logs;

    internal bool IsNews => _tellsCursor || _messages.Count > 0 || _gaps is not null || _signals is not null;

    /// <summary>Whether there is no reason to wait any longer.</summary>
    internal bool IsEnough => _tellsCursor || _gaps is not null || _signals is not null || _messages.Count >= _limit || _bytes >= _minBytes;

    /// <summary>A quick look at the heads.</summary>
    internal bool MayHaveNews
    {
        get
        {
            for (var i = 0; i < _logs.Length; i++)
            {
                if (_logs[i].Head != _positions[i].Offset || _logs[i].SignalHead != _signalNumbers[i])
                    return true;
            }

            return false;
        }
    }

    internal void Enter(PresenceRegistry presence)
    {
        if (_user is null)
            return;
        _presences = new PresenceEntry?[_logs.Length];
        for (var i = 0; i < _logs.Length; i++)
            _presences[i] = presence.Enter(_logs[i], _user, _transport);
    }

    internal void Leave()
    {
        foreach (var entry in _presences ?? [])
            entry?.EndPoll(_transport);
    }

    internal async ValueTask ReadAsync(LogReader reader, CancellationToken cancellationToken)
    {
        // Each channel gets its share first, so that a busy one doesn't keep the others out; then what is left goes round.
        var share = (_limit + _logs.Length - 1) / _logs.Length;
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < _logs.Length; i++)
            {
                var limit = Math.Min(round == 0 ? share : _limit, _limit - _messages.Count);
                _bytes += await ReadChannelAsync(i, limit, PollReader.MaxAnswerBytes - _bytes, reader, cancellationToken);
            }

            if (_logs.Length == 1)
                break;
        }

        _hasMore = false;
        for (var i = 0; i < _logs.Length; i++)
        {
            _hasMore |= _positions[i].Offset < _logs[i].Head;
            if (_logs[i].SignalHead == _signalNumbers[i])
                continue;
            _signalNumbers[i] = _wantsSignals ? _logs[i].ReadSignals(_signalNumbers[i], _signals ??= []) : _logs[i].SignalHead;
        }

        if (_user is not null && _signals?.RemoveAll(signal => signal.NotFor == _user) > 0 && _signals.Count == 0)
            _signals = null;
    }

    internal PollResult ToResult(bool draining)
    {
        var cursor = new CursorBuilder();
        for (var i = 0; i < _logs.Length; i++)
            cursor.Add(_logs[i].Key, _positions[i]);
        return new PollResult(cursor.ToString(), _messages, _gaps ?? [], _signals ?? [], IsNews, _hasMore, draining, Array.ConvertAll(_logs, log => log.State));
    }

    private async ValueTask<int> ReadChannelAsync(int index, int limit, int maxBytes, LogReader reader, CancellationToken cancellationToken)
    {
        var log = _logs[index];
        var bytes = 0;
        var first = _messages.Count;
        while (_messages.Count - first < limit && bytes < maxBytes)
        {
            var before = _messages.Count;
            switch (log.Read(_positions[index], limit - (before - first), maxBytes - bytes, _messages, out var gap))
            {
                case TailRead.Gap:
                    (_gaps ??= []).Add(gap!);
                    _positions[index] = gap!.Resume;
                    continue;
                case TailRead.Behind:
                    foreach (var message in await reader.ReadPageAsync(
                        log, _positions[index], cancellationToken, PagesAhead(_messages.Count - first, bytes, limit, maxBytes)))
                    {
                        if (_messages.Count - first == limit || bytes >= maxBytes)
                            break;
                        _messages.Add(message);
                        bytes += message.Json.Length;
                    }

                    break;
                default:
                    for (var i = before; i < _messages.Count; i++)
                        bytes += _messages[i].Json.Length;
                    if (_messages.Count == before)
                        return bytes;
                    break;
            }

            if (_messages.Count > before)
                _positions[index] = _positions[index] with { Offset = _messages[^1].Offset };
        }

        return bytes;
    }

    /// <summary>How many pages will be wanted after the next one, if messages go on to be as large as those so far; none before anything is known of them.</summary>
    private static int PagesAhead(int messages, int bytes, int limit, int maxBytes) => messages == 0
        ? 0
        : (int)Math.Min(limit - messages, (long)(maxBytes - bytes) * messages / bytes) / LogReader.PageSize;
}
