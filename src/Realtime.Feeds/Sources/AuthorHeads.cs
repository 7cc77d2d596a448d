using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Stores;

namespace Realtime.Feeds.Sources;

/// <summary>The heads of the authors' channels at one instant: whether an author has anything newer is one look.</summary>
/// <remarks>On one node they are kept in memory, ahead of every acknowledgement. Where nodes share a store, it is asked, once for all authors.</remarks>
internal sealed class AuthorHeads(IMessageStore store, FrameSender sender)
{
    /// <summary>About 150 bytes each; one more, and all are learned anew.</summary>
    private const int MaxAuthors = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChannelState> _states = new(StringComparer.Ordinal);

    /// <summary>Takes in what was committed, all of it at once.</summary>
    internal void Committed(IReadOnlyList<ChannelBatch> commit)
    {
        if (sender.IsActive)
            return;
        lock (_gate)
        {
            foreach (var batch in commit)
            {
                if (PostRef.IsPosts(batch.Channel))
                    Note(PostRef.AuthorOf(batch.Channel), batch.State);
            }
        }
    }

    /// <summary>Takes in that an author's oldest posts are gone.</summary>
    internal void Trimmed(TrimmedChannel trimmed)
    {
        if (sender.IsActive || !PostRef.IsPosts(trimmed.Channel))
            return;
        lock (_gate)
            Note(PostRef.AuthorOf(trimmed.Channel), trimmed.State);
    }

    /// <summary>The states of the authors' channels, in their order, all of one instant.</summary>
    internal async ValueTask<ChannelState[]> ReadAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        if (authors.Count == 0)
            return [];
        if (sender.IsActive)
            return [.. await store.GetStatesAsync([.. authors.Select(PostRef.ChannelOf)], cancellationToken)];
        while (true)
        {
            var states = new ChannelState[authors.Count];
            List<string>? missing = null;
            lock (_gate)
            {
                for (var i = 0; i < states.Length; i++)
                {
                    if (!_states.TryGetValue(authors[i], out states[i]))
                        (missing ??= []).Add(authors[i]);
                }
            }

            if (missing is null)
                return states;
            var read = await store.GetStatesAsync([.. missing.Select(PostRef.ChannelOf)], cancellationToken);
            lock (_gate)
            {
                if (_states.Count + missing.Count > MaxAuthors)
                    _states.Clear();
                for (var i = 0; i < missing.Count; i++)
                    Note(missing[i], read[i]);
            }
        }
    }

    /// <summary>What was read may be older than what was committed or trimmed meanwhile.</summary>
    private void Note(string author, ChannelState state) =>
        _states[author] = _states.TryGetValue(author, out var known) && known.Epoch == state.Epoch
            ? new ChannelState(state.Epoch, Math.Max(known.First, state.First), Math.Max(known.Head, state.Head))
            : state;
}
