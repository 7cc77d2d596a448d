using Realtime.Channels;
using Realtime.Delivery;

namespace Realtime.Sessions;

public sealed partial class Session
{
    /// <summary>How many writes a session makes before the others of its pump have their turn; a connection that takes all at once could go on for ever.</summary>
    internal const int MaxWritesPerTurn = 8;

    /// <summary>About what a channel takes in the text of a cursor.</summary>
    private const int CursorBytes = 24;

    /// <summary>Writes what the session lacks, until it has everything, the connection takes no more, or its turn is over.</summary>
    internal void Deliver()
    {
        try
        {
            for (var writes = 0; !_writing && !_ended && !_postponed; writes++)
            {
                if (_outgoing is { Count: > 0 })
                    Put(_outgoing.Dequeue(), shared: true);
                else if (_closing is { } reason)
                    Finish(reason);
                else if (_reading)
                    return;
                else if (writes >= MaxWritesPerTurn)
                    Postpone();
                else if (!DeliverNews())
                    return;
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Goes on where the last turn ended.</summary>
    internal void TakeTurn()
    {
        _postponed = false;
        Deliver();
    }

    private void Postpone()
    {
        _postponed = true;
        _pump.Postpone(this);
    }

    /// <summary>Where every message carries the whole cursor, a write of many messages to a reader of many channels would consist of cursors.</summary>
    private int MaxMessages => _connection.Format.RepeatsCursor
        ? Math.Clamp(DeliveryPump.MaxWriteBytes / (CursorBytes * _subscriptions.Length), 1, DeliveryPump.MaxWriteMessages)
        : DeliveryPump.MaxWriteMessages;

    private bool DeliverNews()
    {
        var subscriptions = _subscriptions;
        var signalled = -1;
        var written = -1;
        // Begins after the channel that came last, so that a busy channel doesn't keep the others waiting.
        for (var i = 0; i < subscriptions.Length && (signalled < 0 || written < 0); i++)
        {
            var index = (_next + i) % subscriptions.Length;
            var subscription = subscriptions[index];
            if (!subscription.HasNews)
                continue;
            if (subscription.Gap is { } gap)
                return TellGap(subscription, gap);
            if (signalled < 0 && subscription.HasSignals)
                signalled = index;
            if (written < 0 && subscription.HasMessages)
                written = index;
        }

        // They take turns: on a slow connection to a busy room there are always new signals, and messages must not wait for the last of them.
        if (signalled >= 0 && (written < 0 || !_signalsCameLast))
        {
            _signalsCameLast = true;
            _next = signalled + 1;
            return SendSignals(subscriptions[signalled]);
        }

        _signalsCameLast = false;
        if (written < 0)
            return false;
        if (subscriptions.Length == 1)
            return DeliverShared(subscriptions[0]);
        _next = written;
        return DeliverFromAll(subscriptions);
    }

    private bool DeliverShared(Subscription subscription)
    {
        var frame = subscription.Log.GroupOf(_pump).FrameFor(subscription, _connection.Format, out var reached, out var outcome, out var gap);
        if (frame is null)
            return Outcome(subscription, outcome, gap);
        subscription.Position = subscription.Position with { Offset = reached };
        Put(frame, shared: true);
        return true;
    }

    private bool DeliverFromAll(Subscription[] subscriptions)
    {
        var cursor = CurrentCursor();
        var batch = _pump.RentBatch();
        var bytes = 0;
        var limit = MaxMessages;
        for (var i = 0; i < subscriptions.Length && bytes < DeliveryPump.MaxWriteBytes && batch.Count < limit; i++)
        {
            var entry = (_next + i) % subscriptions.Length;
            var subscription = subscriptions[entry];
            if (subscription.Position.Offset == subscription.Log.Head || subscription.Gap is not null)
                continue;
            _pump.Messages.Clear();
            var outcome = subscription.Log.Read(
                subscription.Position, limit - batch.Count, DeliveryPump.MaxWriteBytes - bytes, _pump.Messages, out var gap);
            if (outcome != TailRead.Complete)
            {
                if (batch.Count > 0)
                    break;
                return Outcome(subscription, outcome, gap);
            }

            foreach (var message in _pump.Messages)
            {
                batch.Add(new Delivery.Delivery(message, entry));
                bytes += message.Json.Length;
                subscription.Position = subscription.Position with { Offset = message.Offset };
            }
        }

        if (batch.Count == 0)
            return false;
        _next++;
        _pump.Buffer.Clear();
        _pump.EncodeBatch(_connection.Format, batch);
        Put(new Frame(_pump.Buffer.Written), shared: false);
        return true;
    }

    private bool Outcome(Subscription subscription, TailRead outcome, Gap? gap)
    {
        switch (outcome)
        {
            case TailRead.Gap:
                subscription.Gap = gap;
                return true;
            case TailRead.Behind:
                _reading = true;
                _ = ReadPageAsync(subscription, subscription.Position);
                return true;
            default:
                return false;
        }
    }

    private async Task ReadPageAsync(Subscription subscription, Position from)
    {
        IReadOnlyList<Message>? messages;
        try
        {
            messages = await _pump.Reader.ReadPageAsync(subscription.Log, from, CancellationToken.None);
        }
        catch (Exception e)
        {
            // Whatever it was, the session must not wait for ever for its page.
            _registry.StoreFailed(e);
            messages = null;
        }

        _pump.Enqueue(new PageCommand(this, subscription, from, messages));
    }

    private void TakePage(PageCommand page)
    {
        _reading = false;
        if (page.Messages is null)
        {
            End(CloseReason.StoreUnavailable, null);
            return;
        }

        var entry = Array.IndexOf(_subscriptions, page.Subscription);
        // While a ping or an answer is under way the page is let go, for it would be held as long as the connection is slow; it is cheap to read again.
        if (!_writing && !_ended && _closing is null && entry >= 0 && page.Subscription.Position == page.From && page.Messages.Count > 0
            && !IsShared(page))
            WritePage(page, entry);
        Deliver();
    }

    /// <summary>Whether another session that waited for the same page has made a frame of it already, which is delivered like any other.</summary>
    private bool IsShared(PageCommand page) =>
        _subscriptions.Length == 1 && page.Subscription.Log.GroupOf(_pump).HasFrame(_connection.Format, page.From);

    private void WritePage(PageCommand page, int entry)
    {
        var messages = _pump.Messages;
        messages.Clear();
        var bytes = 0;
        var limit = MaxMessages;
        for (var taken = 0; taken < page.Messages!.Count && taken < limit && (taken == 0 || bytes < DeliveryPump.MaxWriteBytes); taken++)
        {
            messages.Add(page.Messages[taken]);
            bytes += page.Messages[taken].Json.Length;
        }

        CurrentCursor();
        _pump.Buffer.Clear();
        _pump.EncodeMessages(_connection.Format, entry);
        page.Subscription.Position = page.From with { Offset = messages[^1].Offset };
        var shared = _subscriptions.Length == 1;
        var frame = new Frame(shared ? _pump.Buffer.Written.ToArray() : _pump.Buffer.Written);
        if (shared)
            page.Subscription.Log.GroupOf(_pump).Share(_connection.Format, new SharedFrame(page.From, messages[^1].Offset, IsFull: true, frame));
        // A channel that is far behind must not keep the others waiting until it has caught up.
        _next = entry + 1;
        Put(frame, shared);
    }

    private bool TellGap(Subscription subscription, Gap gap)
    {
        subscription.Gap = null;
        subscription.Position = gap.Resume;
        _registry.Metrics.GapTold(gap.Reason);
        Put(_connection.Format.Encode(gap, static (format, output, gap) => format.WriteGap(output, gap)), shared: true);
        return true;
    }

    private bool SendSignals(Subscription subscription)
    {
        var signals = _pump.Signals;
        signals.Clear();
        subscription.SignalNumber = subscription.Log.ReadSignals(subscription.SignalNumber, signals);
        _pump.Buffer.Clear();
        var written = 0;
        foreach (var signal in signals)
        {
            if (signal.NotFor == User)
                continue;
            written++;
            _connection.Format.Write(_pump.Buffer, signal, static (format, output, signal) => format.WriteSignal(output, signal));
        }

        if (written > 0)
            Put(new Frame(_pump.Buffer.Written), shared: false);
        return true;
    }
}
