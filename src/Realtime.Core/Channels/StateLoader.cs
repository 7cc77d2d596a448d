using Realtime.Stores;

namespace Realtime.Channels;

/// <summary>
/// Loads the states of channels from the store. Whatever is asked for while a query is under way shares the next one, so that thousands of readers
/// that come back at once, each with a channel of its own, cost a handful of queries.
/// </summary>
internal sealed class StateLoader(IMessageStore store)
{
    /// <summary>Channels in one query.</summary>
    private const int MaxBatch = 1_000;

    /// <summary>Queries at the same time: a slow one must not hold up the rest.</summary>
    private const int MaxQueries = 4;

    private readonly Lock _gate = new();
    private readonly Queue<Load> _waiting = new();
    private int _queries;

    /// <summary>The channel's state, not older than the call.</summary>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    internal Task<ChannelState> LoadAsync(ChannelName channel)
    {
        var load = new Load(channel);
        lock (_gate)
        {
            _waiting.Enqueue(load);
            if (_queries == MaxQueries)
                return load.Done.Task;
            _queries++;
        }

        _ = Task.Run(RunAsync);
        return load.Done.Task;
    }

    private async Task RunAsync()
    {
        while (Take() is { Length: > 0 } batch)
            await QueryAsync(batch);
    }

    private Load[] Take()
    {
        lock (_gate)
        {
            var batch = new Load[Math.Min(_waiting.Count, MaxBatch)];
            for (var i = 0; i < batch.Length; i++)
                batch[i] = _waiting.Dequeue();
            if (batch.Length == 0)
                _queries--;
            return batch;
        }
    }

    private async Task QueryAsync(Load[] batch)
    {
        try
        {
            var states = batch.Length == 1
                ? [await store.GetStateAsync(batch[0].Channel, CancellationToken.None)]
                : await store.GetStatesAsync(Array.ConvertAll(batch, load => load.Channel), CancellationToken.None);
            for (var i = 0; i < batch.Length; i++)
                batch[i].Done.SetResult(states[i]);
        }
        catch (Exception e)
        {
            // Whoever waits gets it.
            foreach (var load in batch)
                load.Done.TrySetException(e);
        }
    }

    private readonly record struct Load(ChannelName Channel)
    {
        internal TaskCompletionSource<ChannelState> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
