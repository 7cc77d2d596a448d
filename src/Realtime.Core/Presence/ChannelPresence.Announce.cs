namespace Realtime.Presence;

internal sealed partial class ChannelPresence
{
    /// <summary>More in one round are told as a count: a log keeps 32 signals for readers that are busy for a moment, and others must have room too.</summary>
    private const int MaxSignals = 16;

    private readonly bool _isAnnounced;
    private SignalBudget _budget;
    private bool _countDue;

    /// <summary>Tells this node's readers who came and went, or how many there are now where that would cost too much.</summary>
    private void Announce(PresenceRound round)
    {
        var changes = round.Joins.Count + round.Leaves.Count;
        if (changes == 0 && !_countDue)
            return;
        if (_readers == 0 || !_isAnnounced || _registry.Options.MaxDeliveriesPerSecond == 0)
        {
            _countDue = false;
            return;
        }

        // After a count that is still to come nobody needs the single changes before it.
        if (changes > 0 && !_countDue && changes <= MaxSignals && _budget.TrySpend(round.Now, (long)changes * _readers))
        {
            AnnounceEach(round);
            return;
        }

        if (changes > 0)
            _registry.Metrics.Announced("suppressed", changes);
        _countDue = true;
        if (!_budget.TrySpendCount(round.Now, _readers))
            return;
        _countDue = false;
        _registry.Metrics.Announced("count", 1);
        round.Signals.Add(PresenceSignal.Count(Log.Name, _entries.Count, round.Time));
    }

    private void AnnounceEach(PresenceRound round)
    {
        // The count after each of them, the last one's being that of now.
        var count = _entries.Count + round.Leaves.Count - round.Joins.Count;
        foreach (var entry in round.Joins)
        {
            count++;
            // Nobody is told of himself, so a reader who is alone is not woken at all.
            if (_readers > entry.Readers)
                round.Signals.Add(PresenceSignal.Join(Log.Name, entry.User, count, round.Time));
        }

        foreach (var entry in round.Leaves)
            round.Signals.Add(PresenceSignal.Leave(Log.Name, entry.User, --count, round.Time));
        _registry.Metrics.Announced("sent", round.Signals.Count);
    }
}
