namespace Realtime.Channels;

public sealed partial class ChannelLog
{
    private HeldBatches? _held;

    /// <summary>The number of the hole that was opened last.</summary>
    internal long HoleNumber { get; private set; }

    /// <summary>Takes in what the store says, and wakes everyone who waits for what this node had not heard of; older news than what is known changes nothing.</summary>
    /// <returns>Whether there was something that this node had not heard of.</returns>
    internal bool Observe(ChannelState state)
    {
        bool moved;
        lock (_gate)
        {
            moved = _epoch != state.Epoch || state.Head > _head;
            ObserveLocked(state);
        }

        if (moved)
            Wake();
        return moved;
    }

    /// <summary>Takes in messages that another node has committed.</summary>
    /// <returns>False, and nothing is taken, when they belong to another life of the log than the one known here.</returns>
    internal bool TryAppendRemote(ReadOnlySpan<Message> messages, ChannelState state)
    {
        lock (_gate)
        {
            if (_loaded && _epoch != state.Epoch)
                return false;
        }

        Append(messages, state);
        return true;
    }

    /// <summary>Takes in committed messages of this channel, ascending, and wakes everyone who waits.</summary>
    /// <remarks>Messages whose predecessors are not known yet are kept for a moment: those are mostly on their way from another node.</remarks>
    /// <param name="messages">1 or more.</param>
    /// <param name="state">The channel's state after the commit.</param>
    internal void Append(ReadOnlySpan<Message> messages, ChannelState state)
    {
        lock (_gate)
        {
            if (!_loaded || _epoch != state.Epoch)
                ObserveLocked(state with { Head = messages[0].Offset - 1 });
            if (messages[0].Offset > _head + 1 && TryHoldLocked(messages))
                return;
            AppendLocked(messages);
            AppendHeldLocked(_head + 1);
            ObserveLocked(state);
        }

        Wake();
    }

    /// <summary>Goes on without the messages that a hole was kept open for: readers get them from the store.</summary>
    /// <param name="number">The hole's number; one that was filled meanwhile is left alone.</param>
    internal void GiveUpHole(long number)
    {
        lock (_gate)
        {
            if (_held is null || _held.IsEmpty || HoleNumber != number)
                return;
            AppendHeldLocked(long.MaxValue);
        }

        Wake();
    }

    private void AppendLocked(ReadOnlySpan<Message> messages)
    {
        foreach (var message in messages)
        {
            if (message.Offset <= _head)
                continue;
            if (message.Offset != _head + 1)
                _tail.Clear();
            // A log that is just being dropped has no readers, and nobody would take the bytes off the budget again.
            if (!_evicted)
                _tail.Add(message);
            Volatile.Write(ref _head, message.Offset);
        }
    }

    private bool TryHoldLocked(ReadOnlySpan<Message> messages)
    {
        _held ??= new HeldBatches();
        var opens = _held.IsEmpty;
        if (!_held.TryAdd(messages))
            return false;
        if (opens)
            _holes.Add(this, ++HoleNumber);
        return true;
    }

    /// <summary>Appends what is held and begins at or before <paramref name="offset"/>, and whatever follows it at once.</summary>
    private void AppendHeldLocked(long offset)
    {
        while (_held is not null && _held.TryTake(Math.Max(offset, _head + 1), out var messages))
            AppendLocked(messages);
    }

    private void ObserveLocked(ChannelState state)
    {
        if (!_loaded || _epoch != state.Epoch)
        {
            _tail.Clear();
            _held = null;
            _epoch = state.Epoch;
            _first = state.First;
            Volatile.Write(ref _head, state.Head);
            Volatile.Write(ref _loaded, true);
            return;
        }

        _first = Math.Max(_first, state.First);
        if (state.Head > _head)
        {
            _tail.Clear();
            Volatile.Write(ref _head, state.Head);
            AppendHeldLocked(_head + 1);
        }
    }
}
