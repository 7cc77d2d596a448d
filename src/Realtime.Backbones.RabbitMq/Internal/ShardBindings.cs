using RabbitMQ.Client;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Keeps a node's queue bound to the shards that the node wants, in the background.</summary>
/// <remarks>Lives as long as the backbone: what was bound on a connection stays bound after it.</remarks>
internal sealed class ShardBindings(string queue, RabbitMqOptions options, ShardInterest interest, TimeProvider time)
{
    /// <summary>How often it is looked for shards that nobody wants any more.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    /// <summary>Since when bound shards are not wanted; null for one that is wanted or not bound. An earlier process may have left its bindings, so at first all may be bound.</summary>
    private readonly long?[] _unwantedSince = [.. Enumerable.Repeat<long?>(time.GetTimestamp(), ShardInterest.Shards)];

    /// <summary>Whether the queue of the present connection has the binding for certain.</summary>
    private readonly bool[] _isBound = new bool[ShardInterest.Shards];

    /// <summary>Binds all that is wanted, on a new connection.</summary>
    internal Task BindAllAsync(IChannel channel, CancellationToken cancellationToken)
    {
        Array.Clear(_isBound);
        return BindWantedAsync(channel, cancellationToken);
    }

    /// <summary>Binds what becomes wanted, and in time unbinds what is not wanted any more, until it is cancelled or the channel breaks.</summary>
    /// <param name="channel">Where to bind.</param>
    /// <param name="onBound">Called when new bindings are in force.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task RunAsync(IChannel channel, Action onBound, CancellationToken cancellationToken)
    {
        var sweep = options.UnbindAfter < SweepInterval ? options.UnbindAfter : SweepInterval;
        while (true)
        {
            // Asked for before looking, so that what changes meanwhile is seen the next time.
            var change = interest.NextChange;
            if (await BindWantedAsync(channel, cancellationToken))
                onBound();
            await UnbindUnwantedAsync(channel, cancellationToken);
            try
            {
                await change.WaitAsync(sweep, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Nothing new is wanted.
            }
        }
    }

    private async Task<bool> BindWantedAsync(IChannel channel, CancellationToken cancellationToken)
    {
        var wanted = Enumerable.Range(0, ShardInterest.Shards).Where(shard => !_isBound[shard] && interest.IsWanted(shard)).ToArray();
        if (wanted.Length == 0)
            return false;
        await Topology.BindAsync(channel, queue, options.Exchange, wanted, cancellationToken);
        foreach (var shard in wanted)
        {
            _isBound[shard] = true;
            _unwantedSince[shard] = null;
        }

        return true;
    }

    private async Task UnbindUnwantedAsync(IChannel channel, CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < ShardInterest.Shards; shard++)
        {
            if (interest.IsWanted(shard))
            {
                _unwantedSince[shard] = null;
                continue;
            }

            if (_isBound[shard])
                _unwantedSince[shard] ??= time.GetTimestamp();
            if (_unwantedSince[shard] is not { } since || time.GetElapsedTime(since) < options.UnbindAfter)
                continue;
            // First, so that one that becomes wanted meanwhile is bound again.
            _isBound[shard] = false;
            await channel.QueueUnbindAsync(queue, options.Exchange, ShardKey.Of(shard), arguments: null, cancellationToken);
            _unwantedSince[shard] = null;
        }
    }
}
