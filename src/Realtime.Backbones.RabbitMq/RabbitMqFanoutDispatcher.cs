using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Realtime.Backbones.RabbitMq.Internal;
using Realtime.Diagnostics;
using Realtime.Feeds;

namespace Realtime.Backbones.RabbitMq;

/// <summary>
/// Fan-out work in a durable queue of RabbitMQ, done by whichever node has time. The queue is <c>realtime.fanout</c>, after
/// <see cref="RabbitMqOptions.Exchange"/>, and holds <see cref="FeedOptions.MaxFanouts"/> jobs; what exceeds it is refused and counted.
/// </summary>
/// <remarks>
/// <see cref="TryEnqueue"/> never waits: jobs go through a bounded buffer, which also bridges short absences of the broker. The rest of a job is confirmed by
/// the broker before its chunk is acknowledged, so a node that is killed leaves its jobs to the others.
/// </remarks>
public sealed class RabbitMqFanoutDispatcher : IFanoutDispatcher
{
    private readonly RabbitMqOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FanoutQueue _queue;
    private readonly FanoutSender _sender;
    private volatile ReceiveLoop? _loop;
    private long _depth;

    /// <summary>Creates a dispatcher; <see cref="RunAsync"/> connects it.</summary>
    /// <param name="options">The broker, and how it is used.</param>
    /// <param name="feeds">The bound on jobs.</param>
    /// <param name="metrics">Counts refused jobs.</param>
    /// <param name="time">For pauses, limits and intervals.</param>
    /// <param name="logger">Told when the connection comes and goes, and of jobs that were given up.</param>
    public RabbitMqFanoutDispatcher(
        RabbitMqOptions options, FeedOptions feeds, RealtimeMetrics metrics, TimeProvider time, ILogger<RabbitMqFanoutDispatcher> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(feeds);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _time = time;
        _logger = logger;
        _queue = new FanoutQueue(options.Exchange, feeds.MaxFanouts, logger);
        _sender = new FanoutSender(options, _queue, feeds.MaxFanouts, metrics, time, logger);
    }

    /// <summary>Jobs on their way to the broker, in its queue when it was last asked, and with this node.</summary>
    public int Depth => (int)Math.Min(int.MaxValue, _sender.Depth + Interlocked.Read(ref _depth) + (_loop?.Unacknowledged ?? 0));

    /// <inheritdoc/>
    public bool TryEnqueue(FanoutJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return _sender.TryAdd(job);
    }

    /// <inheritdoc/>
    /// <exception cref="RealtimeException">A setting can never work.</exception>
    public Task RunAsync(Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        RabbitMqOptionsValidator.ThrowIfWrong(_options);
        BrokerAddress.Parse(_options.ConnectionString, out var address);
        var state = new BrokerState(address!, "The fan-out of posts", _time, _logger);
        var loop = new ReceiveLoop(new FanoutWorker(work, _sender, _queue.Name, _time, _logger), onHandled: null, _logger);
        _loop = loop;
        return Task.WhenAll(
            Keeper(Role.Sending).RunAsync(_sender.ServeAsync, cancellationToken),
            Keeper(Role.Receiving).RunAsync((connection, works, stop) => ServeAsync(connection, loop, works, stop), cancellationToken),
            loop.RunAsync(cancellationToken));

        ConnectionKeeper Keeper(Role role) => new(
            address!, $"realtime {_options.NodeName ?? Environment.MachineName} {(role == Role.Sending ? "sends" : "receives")} fan-outs", role,
            _options.Heartbeat, state, _time);
    }

    private async Task<string> ServeAsync(BrokerConnection connection, ReceiveLoop loop, Action works, CancellationToken stop)
    {
        await _queue.DeclareAsync(connection, stop);
        var control = await connection.OpenChannelAsync(withConfirms: false, stop);
        var channel = await connection.OpenChannelAsync(withConfirms: false, stop);
        await channel.BasicQosAsync(0, (ushort)_options.FanoutPrefetch, global: false, stop);
        // A chunk that comes again brings its rest along once more, so what is done is told at once.
        var subscription = new Subscription(channel, _options.FanoutPrefetch, _time, acknowledgesEach: true);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            loop.Begin(subscription);
            await channel.BasicConsumeAsync(_queue.Name, autoAck: false, subscription, stop);
            works();
            return await Duties.RunAsync([connection.Lost, subscription.Ended], [WatchDepthAsync(control, end.Token)], end);
        }
        finally
        {
            loop.End(subscription);
            Interlocked.Exchange(ref _depth, 0);
        }
    }

    private async Task WatchDepthAsync(IChannel control, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.DepthInterval, _time);
        do
            Interlocked.Exchange(ref _depth, await control.MessageCountAsync(_queue.Name, cancellationToken));
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
