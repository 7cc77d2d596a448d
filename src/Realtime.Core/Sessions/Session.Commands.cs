using Realtime.Delivery;

namespace Realtime.Sessions;

public sealed partial class Session
{
    internal void Execute(SessionCommand command)
    {
        switch (command)
        {
            case SubscribeCommand subscribe:
                Subscribe(subscribe);
                break;
            case PageCommand page:
                TakePage(page);
                break;
            case WrittenCommand:
                EndWrite();
                break;
            case WriteCommand write:
                Send(write.Frame);
                break;
            case UnsubscribeCommand unsubscribe:
                Unsubscribe(unsubscribe);
                break;
            case CloseCommand close:
                End(close.Reason, close.DrainAfter);
                break;
            case AttachCommand:
                _pump.Add(this);
                _registry.Count(this, +1);
                break;
            case DetachCommand detach:
                Leave();
                detach.Left.SetResult();
                break;
        }
    }

    internal void Tick(SessionClock clock)
    {
        if (_ended)
            return;
        if (clock.Now >= Expires)
        {
            End(CloseReason.TokenExpired, null);
        }
        else if (_writing)
        {
            if (clock.Since(_writeStarted) >= _pump.Options.SlowConsumerTimeout)
                Abort(CloseReason.SlowConsumer);
        }
        else if (clock.Since(_lastPing) >= _pump.Options.PingInterval)
        {
            _lastPing = clock.Timestamp;
            if (clock.PingFor(_connection.Format) is { Bytes.Length: > 0 } ping)
                Send(ping);
        }
    }

    private void Subscribe(SubscribeCommand command)
    {
        if (_ended)
        {
            foreach (var channel in command.Channels)
                _registry.Logs.Release(channel.Log);
            return;
        }

        var added = new List<Subscription>(command.Channels.Count);
        foreach (var channel in command.Channels)
        {
            if (Array.Exists(_subscriptions, subscription => subscription.Log == channel.Log))
            {
                _registry.Logs.Release(channel.Log);
                continue;
            }

            added.Add(new Subscription(this, channel.Log, channel.Position)
            {
                Gap = channel.Gap,
                SignalNumber = channel.SignalNumber,
            });
        }

        if (added.Count > 0)
            Volatile.Write(ref _subscriptions, [.. _subscriptions, .. added]);
        command.Applied(CurrentCursor());
        foreach (var subscription in added)
            subscription.Log.GroupOf(_pump).Add(subscription);
        Deliver();
    }

    private void Unsubscribe(UnsubscribeCommand command)
    {
        if (_ended)
            return;
        foreach (var name in command.Channels)
        {
            if (Array.Find(_subscriptions, subscription => subscription.Log.Name == name) is { } subscription)
            {
                Volatile.Write(ref _subscriptions, [.. _subscriptions.Where(other => other != subscription)]);
                Leave(subscription);
            }
        }

        command.Applied(CurrentCursor());
    }

    private CursorBuilder CurrentCursor()
    {
        var cursor = _pump.Cursor;
        cursor.Clear();
        foreach (var subscription in _subscriptions)
            cursor.Add(subscription.Log.Key, subscription.Position);
        return cursor;
    }

    private void End(CloseReason reason, TimeSpan? drainAfter)
    {
        if (_ended)
            return;
        if (drainAfter is { } after)
            Send(_connection.Format.Encode(after, static (format, output, after) => format.WriteDrain(output, after)));
        _ended = true;
        _registry.Metrics.Closed(_connection.Transport, reason);
        // Behind a write that nobody takes a goodbye would wait for ever.
        if (_writing)
            _connection.Abort();
        else
            _connection.Close(reason);
    }

    private void Abort(CloseReason reason)
    {
        _ended = true;
        _registry.Metrics.Closed(_connection.Transport, reason);
        _connection.Abort();
    }

    private void Leave()
    {
        _ended = true;
        foreach (var subscription in _subscriptions)
            Leave(subscription);
        Volatile.Write(ref _subscriptions, []);
        _pump.Remove(this);
        _registry.Count(this, -1);
    }

    private void Leave(Subscription subscription)
    {
        subscription.Log.GroupOf(_pump).Remove(subscription);
        _registry.Logs.Release(subscription.Log);
    }
}
