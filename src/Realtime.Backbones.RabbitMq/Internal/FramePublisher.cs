using System.Globalization;
using RabbitMQ.Client;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Sends frames on a connection of its own, so that a broker that blocks publishers does not hold up what comes in.</summary>
internal sealed class FramePublisher(RabbitMqOptions options, TimeProvider time)
{
    /// <summary>The routing keys.</summary>
    private static readonly CachedString[] Keys = [.. Enumerable.Range(0, ShardInterest.Shards).Select(shard => new CachedString(ShardKey.Of(shard)))];

    private volatile ConfirmedChannel? _channel;
    private volatile BrokerConnection? _connection;

    internal bool IsBlocked => _connection is { Unblocked.IsCompleted: false };

    /// <summary>What a <see cref="ConnectionKeeper"/> runs.</summary>
    internal async Task<string> ServeAsync(BrokerConnection connection, Action works, CancellationToken stop)
    {
        await Topology.DeclareExchangeAsync(connection, options.Exchange, stop);
        // Not persistent: a frame is a hint, and after a restart of the broker every node compares its heads anyway.
        var channel = await ConfirmedChannel.OpenAsync(connection, options.Exchange, DeliveryModes.Transient, stop);
        _connection = connection;
        _channel = channel;
        try
        {
            works();
            return await channel.Lost.WaitAsync(stop);
        }
        finally
        {
            _channel = null;
            _connection = null;
        }
    }

    /// <inheritdoc cref="IBackbone.SendAsync"/>
    internal async ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardInterest.Shards);
        cancellationToken.ThrowIfCancellationRequested();
        if (_channel is not { } channel)
            return BackboneSend.Lost;
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var cancel = cancellationToken.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        try
        {
            return await channel.SendAsync(Keys[shard], frame, limit.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return BackboneSend.Lost;
        }
    }
}

/// <summary>A shard as routing key.</summary>
internal static class ShardKey
{
    internal static string Of(int shard) => shard.ToString(CultureInfo.InvariantCulture);

    /// <returns>The shard; -1 where the key is none of ours.</returns>
    internal static int Parse(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var shard) && shard < ShardInterest.Shards ? shard : -1;
}
