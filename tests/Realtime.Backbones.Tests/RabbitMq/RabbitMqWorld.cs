using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Realtime.Backbones.RabbitMq;
using Realtime.Diagnostics;
using Realtime.Feeds;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>The nodes of one test on an exchange of their own, and what an administrator of the broker would see and do.</summary>
/// <param name="address">The broker.</param>
/// <param name="outlivesTest">Whether the broker is there after the test, so that what the test left has to go.</param>
internal sealed class RabbitMqWorld(string address, bool outlivesTest = true) : IAsyncDisposable
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..12];
    private readonly List<BackboneMember> _members = [];
    private readonly MemoryMeterFactory _meters = new();
    private IConnection? _administrator;
    private int _nodes;

    internal string Exchange => $"test.{_id}";

    internal string Stream => $"test.{_id}.stream";

    internal string FanoutQueue => Exchange + ".fanout";

    internal CapturedLog<RabbitMqFanoutDispatcher> FanoutLog { get; } = new();

    internal CapturedLog<RabbitMqBackbone> PushLog { get; } = new();

    internal CapturedLog<RabbitMqStreamBackbone> StreamLog { get; } = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Settings of one more node.</summary>
    internal RabbitMqOptions Options(Action<RabbitMqOptions>? configure = null)
    {
        var options = new RabbitMqOptions
        {
            ConnectionString = address,
            Exchange = Exchange,
            Stream = Stream,
            NodeName = $"{_id}.{_nodes++}",
            DepthInterval = TimeSpan.FromMilliseconds(100),
        };
        configure?.Invoke(options);
        return options;
    }

    internal IBackbone Push(Action<RabbitMqOptions>? configure = null) =>
        new RabbitMqBackbone(Options(configure), TimeProvider.System, PushLog);

    internal IBackbone FromStream(Action<RabbitMqOptions>? configure = null) =>
        new RabbitMqStreamBackbone(Options(configure), TimeProvider.System, StreamLog);

    internal RabbitMqFanoutDispatcher Fanout(FeedOptions feeds, RealtimeMetrics? metrics = null, Action<RabbitMqOptions>? configure = null) => new(
        Options(configure), feeds, metrics ?? new RealtimeMetrics(_meters), TimeProvider.System, FanoutLog);

    /// <summary>Starts a node; the world disposes it.</summary>
    internal async Task<BackboneMember> StartAsync(IBackbone backbone, params int[] shards)
    {
        var member = new BackboneMember(backbone);
        _members.Add(member);
        await member.StartAsync(shards);
        return member;
    }

    /// <summary>Starts a node and waits until it is connected.</summary>
    internal async Task<BackboneMember> JoinAsync(IBackbone backbone, params int[] shards)
    {
        var member = await StartAsync(backbone, shards);
        await member.ConnectedAsync();
        return member;
    }

    /// <summary>A channel on a connection that is none of the backbone's.</summary>
    internal async Task<IChannel> AdministerAsync()
    {
        _administrator ??= await new ConnectionFactory { Uri = new Uri(address), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Cancel);
        return await _administrator.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
    }

    internal async Task DeclareAnyStreamAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(address), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "stream" };
        await channel.QueueDeclareAsync("any.stream", durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancel);
    }

    internal async Task<bool> HasQueueAsync(string queue)
    {
        try
        {
            await using var channel = await AdministerAsync();
            await channel.QueueDeclarePassiveAsync(queue, Cancel);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Whether anybody's queue is bound to the shard: publishes to it.</summary>
    internal async Task<bool> IsBoundAsync(int shard)
    {
        await using var channel = await AdministerAsync();
        try
        {
            await channel.BasicPublishAsync(Exchange, $"{shard}", mandatory: true, BackboneMember.Frame(0), Cancel);
            return true;
        }
        catch (PublishException returned) when (returned.IsReturn)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            member.Receiver.Open();
            await member.DisposeAsync();
        }

        if (outlivesTest)
        {
            await using var channel = await AdministerAsync();
            await channel.ExchangeDeleteAsync(Exchange);
            await channel.QueueDeleteAsync(Stream);
            await channel.QueueDeleteAsync(FanoutQueue);
        }

        _meters.Dispose();
        if (_administrator is not null)
            await _administrator.DisposeAsync();
    }
}
