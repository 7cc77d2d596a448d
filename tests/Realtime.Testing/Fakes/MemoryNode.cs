using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Stores;

namespace Realtime.Testing.Fakes;

/// <summary>What a <see cref="MemoryNode"/> is made of; whatever is left out is the default.</summary>
public sealed record MemoryNodeParts
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public DeliveryOptions Delivery { get; init; } = new() { Pumps = 1 };

    public MessageStoreOptions StoreOptions { get; init; } = new();

    /// <summary>The store of several nodes; each node has one of its own by default.</summary>
    public ScriptedMessageStore? SharedStore { get; init; }

    public PublisherOptions Publisher { get; init; } = new();

    /// <summary>The way to the other nodes; none by default. The node disposes it.</summary>
    public IBackbone Backbone { get; init; } = new ScriptedBackbone();

    public BackboneOptions BackboneOptions { get; init; } = new();

    public PresenceOptions Presence { get; init; } = new();

    /// <summary>Whether the rounds of presence run by the clock; a test that runs them itself says no.</summary>
    public bool RunsPresence { get; init; } = true;
}

/// <summary>A node without a network: the core over a scripted store, with clients in memory.</summary>
public sealed class MemoryNode : IAsyncDisposable
{
    private readonly MemoryMeterFactory _meters = new();
    private readonly MemoryNodeParts _parts;
    private readonly NodeReporter _reporter;
    private readonly PresenceService _presence;

    /// <summary>Makes the node, not started yet.</summary>
    public MemoryNode(MemoryNodeParts? parts = null)
    {
        _parts = parts ?? new MemoryNodeParts();
        Time = _parts.Time;
        Options = _parts.Delivery;
        Store = _parts.SharedStore ?? new ScriptedMessageStore(_parts.StoreOptions);
        Metrics = new RealtimeMetrics(_meters);
        Interest = new ShardInterest();
        Logs = new ChannelLogs(Store, Options, Interest, Time);
        Reader = new LogReader(Store, Options);
        Sender = new FrameSender(_parts.Backbone, _parts.BackboneOptions, Metrics, Time, NullLogger<FrameSender>.Instance);
        Nodes = new NodeDirectory(_parts.BackboneOptions, Time);
        Presence = new PresenceRegistry(Logs, _parts.Presence, _parts.BackboneOptions, _parts.Backbone, Nodes, Metrics, Time);
        Sessions = new SessionRegistry(Logs, Reader, Presence, Options, Metrics, Time, NullLogger<SessionRegistry>.Instance);
        Polls = new PollReader(Logs, Reader, Presence, Time);
        Heads = new HeadWatcher(Logs, Store, _parts.Backbone, Nodes, Sender, _parts.BackboneOptions, Time, NullLogger<HeadWatcher>.Instance);
        Receiver = new FrameReceiver(Logs, Sender, Heads, Nodes, _parts.BackboneOptions, Time, NullLogger<FrameReceiver>.Instance);
        Publisher = new Publisher(Store, Logs, Sender, [], _parts.Publisher, Metrics, Time, NullLogger<Publisher>.Instance);
        _presence = new PresenceService(Presence, Sender, Receiver, Nodes, Time, NullLogger<PresenceService>.Instance);
        _reporter = new NodeReporter(_parts.Backbone, Sender, Receiver, Heads, Sessions, Publisher, Metrics, _parts.BackboneOptions, Time);
    }

    public ShardInterest Interest { get; }

    public FrameSender Sender { get; }

    public FrameReceiver Receiver { get; }

    public HeadWatcher Heads { get; }

    public NodeDirectory Nodes { get; }

    public NodeStatus Status => _reporter.Current;

    public TimeProvider Time { get; }

    public DeliveryOptions Options { get; }

    public ScriptedMessageStore Store { get; }

    public RealtimeMetrics Metrics { get; }

    public ChannelLogs Logs { get; }

    public LogReader Reader { get; }

    public PresenceRegistry Presence { get; }

    public SessionRegistry Sessions { get; }

    public PollReader Polls { get; }

    public Publisher Publisher { get; }

    public LineFormat Format { get; } = new();

    /// <summary>Starts a node that publishes, alone.</summary>
    public static Task<MemoryNode> StartAsync(
        TimeProvider? time = null, DeliveryOptions? delivery = null, MessageStoreOptions? store = null, PublisherOptions? publisher = null)
    {
        var defaults = new MemoryNodeParts();
        return StartAsync(defaults with
        {
            Time = time ?? defaults.Time,
            Delivery = delivery ?? defaults.Delivery,
            StoreOptions = store ?? defaults.StoreOptions,
            Publisher = publisher ?? defaults.Publisher,
        });
    }

    /// <summary>Starts a node that publishes.</summary>
    public static async Task<MemoryNode> StartAsync(MemoryNodeParts parts)
    {
        var node = new MemoryNode(parts);
        await node._parts.Backbone.StartAsync(node.Receiver, node.Interest, CancellationToken.None);
        foreach (var service in node.Services)
            await service.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>A message as a publisher hands it in.</summary>
    public static PublishRequest Request(ChannelName channel, string? id = null, string data = "1", string type = Message.DefaultType, string user = "alice") =>
        new(channel, id, type, user, Encoding.UTF8.GetBytes(data));

    /// <summary>Publishes <paramref name="count"/> messages, one after the other in the log, and awaits their answers.</summary>
    public async Task PublishAsync(ChannelName channel, int count = 1, string data = "1")
    {
        var answers = Enumerable.Range(0, count).Select(_ => Publisher.PublishAsync(Request(channel, data: data)).AsTask()).ToList();
        foreach (var answer in await Task.WhenAll(answers).Within($"{count} publishes"))
            Assert.Equal(PublishOutcome.Created, answer.Outcome);
    }

    /// <summary>Connects a reader; null reads from now on.</summary>
    public async Task<MemoryReader> ConnectAsync(string? cursor, params ChannelName[] channels)
    {
        var reader = Open();
        await reader.SubscribeAsync(cursor, channels);
        return reader;
    }

    /// <summary>Connects a reader that reads nothing yet.</summary>
    public MemoryReader Open(DateTimeOffset? expires = null, string user = "bob")
    {
        var connection = new MemoryConnection(Format);
        return new MemoryReader(Sessions.Open(connection, user, expires ?? DateTimeOffset.MaxValue), connection);
    }

    /// <summary>In the order of their start.</summary>
    private BackgroundService[] Services => [Sender, Heads, Publisher, _reporter, .. _parts.RunsPresence ? [_presence] : Array.Empty<BackgroundService>()];

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services.Reverse())
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }

        await _parts.Backbone.DisposeAsync();
        Sessions.Dispose();
        Logs.Dispose();
        if (_parts.SharedStore is null)
            await Store.DisposeAsync();
        _meters.Dispose();
    }
}
