using Realtime.Delivery;

namespace Realtime.Sessions;

public sealed partial class Session
{
    /// <summary>Carries a command out. Whatever goes wrong ends this session, never the thread that drives the others.</summary>
    internal void Execute(SessionCommand command)
    {
        try
        {
            ExecuteCore(command);
        }
        catch (Exception e)
        {
            Fail(e);
            command.Cancel();
        }
    }

    private void ExecuteCore(SessionCommand command)
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
                if (_registry.DrainDelay is { } after)
                    End(CloseReason.ServerShutdown, after);
                break;
            case DetachCommand detach:
                Leave();
                detach.Left.TrySetResult();
                break;
        }
    }

    internal void Tick(SessionClock clock)
    {
        try
        {
            TickCore(clock);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void TickCore(SessionClock clock)
    {
        if (_ended)
            return;
        if (_writing && clock.Since(_writeStarted) >= _pump.Options.SlowConsumerTimeout)
        {
            Abort(CloseReason.SlowConsumer);
        }
        else if (clock.Now >= Expires)
        {
            End(CloseReason.TokenExpired, null);
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
        var added = new List<Subscription>(command.Channels.Count);
        foreach (var channel in command.Channels)
        {
            // Read already, or named twice in this call.
            if (_ended || Array.Exists(_subscriptions, other => other.Log == channel.Log) || added.Exists(other => other.Log == channel.Log))
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

        if (_subscriptions.Length + added.Count > _registry.Options.MaxChannelsPerReader)
        {
            foreach (var subscription in added)
                _registry.Logs.Release(subscription.Log);
            command.Taken.SetResult(false);
            return;
        }

        foreach (var subscription in added)
        {
            subscription.Log.GroupOf(_pump).Add(subscription);
            subscription.Presence = _registry.Presence.Enter(subscription.Log, User, Transport);
        }

        if (added.Count > 0)
            Volatile.Write(ref _subscriptions, [.. _subscriptions, .. added]);
        if (!_ended)
            command.Applied(CurrentCursor());
        command.Taken.SetResult(true);
        Deliver();
    }

    private void Unsubscribe(UnsubscribeCommand command)
    {
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
        if (_ended || _closing is not null)
            return;
        if (drainAfter is { } after)
            Send(_connection.Format.Encode(after, static (format, output, after) => format.WriteDrain(output, after)));
        // After the write that is under way and what waits behind it; a client that takes neither is cut as a slow one.
        _closing = reason;
        Deliver();
    }

    private void Abort(CloseReason reason)
    {
        _ended = true;
        _registry.Metrics.Closed(_connection.Transport, reason);
        _connection.Abort();
    }

    /// <summary>Ends the session because of a fault of its own or of its connection.</summary>
    private void Fail(Exception exception)
    {
        _ended = true;
        // That a client goes away is normal life; anything else is worth a look.
        if (exception is not (IOException or OperationCanceledException or InvalidOperationException))
            _registry.SessionFailed(exception);
        if (_left)
            return;
        try
        {
            _connection.Abort();
        }
        catch (Exception e)
        {
            _registry.SessionFailed(e);
        }
    }

    private void Leave()
    {
        if (_left)
            return;
        _left = true;
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
        subscription.Presence?.Leave(Transport);
        _registry.Logs.Release(subscription.Log);
    }
}
