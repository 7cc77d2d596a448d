using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Realtime.Backbones.RabbitMq.Internal;

namespace Realtime.Backbones.RabbitMq;

/// <summary>
/// A backbone on RabbitMQ queues, one for each node. The broker pushes as far as the prefetch window allows, and acknowledgements go back as frames are
/// taken into the node, so a node that can't keep up leaves the rest in its queue at the broker.
/// </summary>
/// <remarks>
/// <see cref="BackboneHealth.Dropped"/> stays 0: the broker tells nobody how much it dropped from a full queue. For as long as the queue is seen full, the
/// node is told every second that it may have missed frames.
/// </remarks>
public sealed class RabbitMqBackbone : IBackbone
{
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BackboneEngine _engine;
    private readonly NodeQueue _queue;
    private long _depth = -1;

    /// <summary>Creates the backbone; <see cref="StartAsync"/> connects it.</summary>
    /// <param name="options">The broker, and how it is used.</param>
    /// <param name="time">For pauses, limits and intervals.</param>
    /// <param name="logger">Told when the connection comes and goes.</param>
    public RabbitMqBackbone(RabbitMqOptions options, TimeProvider time, ILogger<RabbitMqBackbone> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _time = time;
        _logger = logger;
        _engine = new BackboneEngine(Kind, options, time, logger);
        _queue = new NodeQueue(options, logger);
    }

    /// <inheritdoc/>
    public string Kind => "rabbitmq";

    /// <inheritdoc/>
    public bool ConnectsNodes => true;

    /// <inheritdoc/>
    public BackboneHealth Health => _engine.Health with { QueueDepth = Interlocked.Read(ref _depth) is >= 0 and var depth ? depth : null };

    /// <inheritdoc/>
    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(interest);
        var bindings = new ShardBindings(_queue.Name, _options, interest, _time);
        _engine.Start(
            new ReceiveLoop(receiver, onHandled: null, _logger),
            (connection, loop, works, stop) => ServeAsync(connection, loop, bindings, receiver, works, stop));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        _engine.SendAsync(shard, frame, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<string> ServeAsync(
        BrokerConnection connection, ReceiveLoop loop, ShardBindings bindings, IBackboneReceiver receiver, Action works, CancellationToken stop)
    {
        await Topology.DeclareExchangeAsync(connection, _options.Exchange, stop);
        await _queue.DeclareAsync(connection, stop);
        var control = await connection.OpenChannelAsync(withConfirms: false, stop);
        await bindings.BindAllAsync(control, stop);
        var channel = await connection.OpenChannelAsync(withConfirms: false, stop);
        await channel.BasicQosAsync(0, (ushort)_options.Prefetch, global: false, stop);
        var subscription = new Subscription(channel, _options.Prefetch, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            loop.Begin(subscription);
            await _queue.ConsumeAsync(channel, subscription, stop);
            works();
            receiver.MayHaveMissed();
            return await Duties.RunAsync(
                [connection.Lost, subscription.Ended],
                [bindings.RunAsync(control, receiver.MayHaveMissed, end.Token), WatchDepthAsync(control, receiver, end.Token)],
                end);
        }
        finally
        {
            loop.End(subscription);
            Interlocked.Exchange(ref _depth, -1);
            if (stop.IsCancellationRequested && !connection.Lost.IsCompleted)
                await RemoveQueueAsync(connection, channel);
        }
    }

    private async Task WatchDepthAsync(IChannel control, IBackboneReceiver receiver, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.DepthInterval, _time);
        do
        {
            var depth = await control.MessageCountAsync(_queue.Name, cancellationToken);
            Interlocked.Exchange(ref _depth, depth);
            if (depth >= _options.QueueLimit)
                receiver.MayHaveMissed();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>A node that ends in order takes its queue with it, so that nobody waits for it to expire, least of all publishers that a full one refuses.</summary>
    private async Task RemoveQueueAsync(BrokerConnection connection, IChannel channel)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
        try
        {
            await channel.CloseAsync(limit.Token);
            await _queue.TryDeleteUnusedAsync(connection, limit.Token);
        }
        catch (Exception exception) when (BrokerErrors.IsBroken(exception) || exception is OperationCanceledException)
        {
            Log.QueueLeft(_logger, _queue.Name, exception.Message);
        }
    }
}
