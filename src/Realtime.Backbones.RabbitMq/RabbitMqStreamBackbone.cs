using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Realtime.Backbones.RabbitMq.Internal;

namespace Realtime.Backbones.RabbitMq;

/// <summary>
/// A backbone on one RabbitMQ stream that every node reads at its own pace, from an offset of its own. A slow node lags behind and holds up nobody; what
/// retention deletes before the node gets to it, the node pulls from the store.
/// </summary>
/// <remarks>
/// The broker hands over whole chunks, which are what it wrote at once, so <see cref="BackboneHealth.Unacknowledged"/> may exceed the prefetch window by a
/// chunk. <see cref="BackboneHealth.QueueDepth"/> is counted up to where the newest chunk begins. <see cref="BackboneHealth.Dropped"/> counts what retention
/// deleted before this node came to it, of all shards.
/// </remarks>
public sealed class RabbitMqStreamBackbone : IBackbone
{
    /// <summary>For the frame that was read last to come again. It does at once if the stream has it.</summary>
    private static readonly TimeSpan ResumeTimeout = TimeSpan.FromSeconds(2);

    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BackboneEngine _engine;
    private readonly StreamQueue _stream;
    private StreamPosition? _position;
    private long _depth = -1;

    /// <summary>Creates the backbone; <see cref="StartAsync"/> connects it.</summary>
    /// <param name="options">The broker, and how it is used.</param>
    /// <param name="time">For pauses, limits and intervals.</param>
    /// <param name="logger">Told when the connection comes and goes.</param>
    public RabbitMqStreamBackbone(RabbitMqOptions options, TimeProvider time, ILogger<RabbitMqStreamBackbone> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _time = time;
        _logger = logger;
        _engine = new BackboneEngine(Kind, options, time, logger);
        _stream = new StreamQueue(options, logger);
    }

    /// <inheritdoc/>
    public string Kind => "rabbitmq-stream";

    /// <inheritdoc/>
    public bool ConnectsNodes => true;

    /// <inheritdoc/>
    public BackboneHealth Health => _engine.Health with
    {
        QueueDepth = Interlocked.Read(ref _depth) is >= 0 and var depth ? depth : null,
        Dropped = _position?.Overtaken ?? 0,
    };

    /// <inheritdoc/>
    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(interest);
        if (_options.Prefetch == 0)
            throw new RealtimeException("Realtime:Backbone:Prefetch is 0: a stream needs 1 or more.", isTransient: false);
        var position = _position = new StreamPosition(_options, receiver, interest, _time, _logger);
        _engine.Start(
            new ReceiveLoop(receiver, position.Handled, _logger),
            (connection, loop, works, stop) => ServeAsync(connection, loop, position, interest, receiver, works, stop));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        _engine.SendAsync(shard, frame, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _position?.Write();
    }

    private async Task<string> ServeAsync(
        BrokerConnection connection, ReceiveLoop loop, StreamPosition position, ShardInterest interest, IBackboneReceiver receiver, Action works, CancellationToken stop)
    {
        await Topology.DeclareExchangeAsync(connection, _options.Exchange, stop);
        await _stream.DeclareAsync(connection, stop);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var subscription = await SubscribeAsync(connection, loop, position, stop);
        try
        {
            works();
            receiver.MayHaveMissed();
            return await Duties.RunAsync(
                [connection.Lost, subscription.Ended],
                [
                    WatchInterestAsync(interest, receiver, end.Token),
                    WatchDepthAsync(connection, subscription, position, end.Token),
                    position.KeepAsync(end.Token),
                ],
                end);
        }
        finally
        {
            loop.End(subscription);
            position.Leave();
            Interlocked.Exchange(ref _depth, -1);
        }
    }

    private async Task<Subscription> SubscribeAsync(BrokerConnection connection, ReceiveLoop loop, StreamPosition position, CancellationToken stop)
    {
        if (position.ToResumeFrom is { } handled)
        {
            var (resumed, firstDelivery) = await SubscribeAsync(connection, loop, position, handled, stop);
            try
            {
                await firstDelivery.WaitAsync(ResumeTimeout, _time, stop);
                return resumed;
            }
            catch (TimeoutException)
            {
                // The broker takes an offset that it has never had as one that is yet to come, and would be silent until then.
                Log.OffsetUnknown(_logger, _options.Stream, handled);
                loop.End(resumed);
                await resumed.Channel.CloseAsync(stop);
            }
        }

        return (await SubscribeAsync(connection, loop, position, null, stop)).Subscription;
    }

    private async Task<(Subscription Subscription, Task FirstDelivery)> SubscribeAsync(
        BrokerConnection connection, ReceiveLoop loop, StreamPosition position, long? handled, CancellationToken stop)
    {
        var channel = await connection.OpenChannelAsync(withConfirms: false, stop);
        await channel.BasicQosAsync(0, (ushort)_options.Prefetch, global: false, stop);
        var subscription = new Subscription(channel, _options.Prefetch, _time, position.IsWanted);
        var firstDelivery = position.Begin(handled);
        loop.Begin(subscription);
        await _stream.ConsumeAsync(channel, handled, subscription, stop);
        return (subscription, firstDelivery);
    }

    /// <summary>Frames of a shard were passed over until the node began to want it.</summary>
    private static async Task WatchInterestAsync(ShardInterest interest, IBackboneReceiver receiver, CancellationToken cancellationToken)
    {
        for (var change = interest.NextChange; ;)
        {
            await change.WaitAsync(cancellationToken);
            // Asked for before telling, so that what changes meanwhile is told again.
            change = interest.NextChange;
            receiver.MayHaveMissed();
        }
    }

    private async Task WatchDepthAsync(
        BrokerConnection connection, Subscription subscription, StreamPosition position, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.DepthInterval, _time);
        do
        {
            // A node that has nothing in hand has read all there is: the broker would have pushed more.
            var depth = subscription.Unacknowledged == 0
                ? 0
                : Math.Max(0, await _stream.FindNewestAsync(connection, cancellationToken) - position.Delivered);
            Interlocked.Exchange(ref _depth, depth);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
