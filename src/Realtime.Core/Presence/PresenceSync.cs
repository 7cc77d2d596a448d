namespace Realtime.Presence;

/// <summary>A channel that this node has just begun to follow asks the other nodes who is there, and waits a moment. Guarded by the channel's presence.</summary>
internal sealed class PresenceSync
{
    /// <summary>The longest that it waits, in milliseconds.</summary>
    internal const long MaxWait = 1_000;

    /// <summary>After this long those who have not answered are asked again: at first this node may not have been bound to the channel's shard yet.</summary>
    private const long AskInterval = 300;

    private static readonly Guid[] Everybody = [Guid.Empty];

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<Guid>? _awaited;
    private readonly long _giveUpAt;
    private bool _asked;

    /// <summary>Begins.</summary>
    /// <param name="nodes">The other nodes; null while they can't be known yet.</param>
    /// <param name="now">The time.</param>
    internal PresenceSync(IReadOnlyCollection<Guid>? nodes, long now)
    {
        _awaited = nodes is null ? null : [.. nodes];
        _giveUpAt = now + MaxWait;
        AskAt = now;
    }

    internal long AskAt { get; private set; }

    internal Task Done => _done.Task;

    internal bool IsDone => _done.Task.IsCompleted;

    internal void Answered(Guid node)
    {
        _awaited?.Remove(node);
        if (_awaited?.Count == 0)
            _done.TrySetResult();
    }

    /// <summary>Whom to ask now: all at first, then those who are missing. Nobody while it is too early; at the end of the time it is done as it is.</summary>
    internal IReadOnlyCollection<Guid> Ask(long now)
    {
        if (now >= _giveUpAt || _awaited?.Count == 0)
            _done.TrySetResult();
        if (IsDone || now < AskAt)
            return [];
        AskAt = Math.Min(now + AskInterval, _giveUpAt);
        var everybody = !_asked || _awaited is null;
        _asked = true;
        return everybody ? Everybody : _awaited!;
    }

    internal void GiveUp() => _done.TrySetResult();
}
