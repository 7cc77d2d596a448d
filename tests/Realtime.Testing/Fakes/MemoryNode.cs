using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Stores;

namespace Realtime.Testing.Fakes;

/// <summary>A node without a network: the core over a scripted store, with clients in memory.</summary>
public sealed class MemoryNode : IAsyncDisposable
{
    private readonly MemoryMeterFactory _meters = new();

    /// <summary>Starts the node.</summary>
    public MemoryNode(
        TimeProvider? time = null, DeliveryOptions? delivery = null, MessageStoreOptions? store = null, PublisherOptions? publisher = null)
    {
        Time = time ?? TimeProvider.System;
        Options = delivery ?? new DeliveryOptions { Pumps = 1 };
        Store = new ScriptedMessageStore(store ?? new MessageStoreOptions());
        Metrics = new RealtimeMetrics(_meters);
        Logs = new ChannelLogs(Store, Options, Time);
        Reader = new LogReader(Store, Options);
        Sessions = new SessionRegistry(Logs, Reader, Options, Metrics, Time, NullLogger<SessionRegistry>.Instance);
        Polls = new PollReader(Logs, Reader, Time);
        Publisher = new Publisher(Store, Logs, publisher ?? new PublisherOptions(), Metrics, Time, NullLogger<Publisher>.Instance);
    }

    public TimeProvider Time { get; }

    public DeliveryOptions Options { get; }

    public ScriptedMessageStore Store { get; }

    public RealtimeMetrics Metrics { get; }

    public ChannelLogs Logs { get; }

    public LogReader Reader { get; }

    public SessionRegistry Sessions { get; }

    public PollReader Polls { get; }

    public Publisher Publisher { get; }

    public LineFormat Format { get; } = new();

    /// <summary>Starts a node that publishes.</summary>
    public static async Task<MemoryNode> StartAsync(
        TimeProvider? time = null, DeliveryOptions? delivery = null, MessageStoreOptions? store = null, PublisherOptions? publisher = null)
    {
        var node = new MemoryNode(time, delivery, store, publisher);
        await node.Publisher.StartAsync(CancellationToken.None);
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
    public MemoryReader Open(DateTimeOffset? expires = null)
    {
        var connection = new MemoryConnection(Format);
        return new MemoryReader(Sessions.Open(connection, "bob", expires ?? DateTimeOffset.MaxValue), connection);
    }

    public async ValueTask DisposeAsync()
    {
        await Publisher.StopAsync(CancellationToken.None);
        Publisher.Dispose();
        Sessions.Dispose();
        Logs.Dispose();
        await Store.DisposeAsync();
        _meters.Dispose();
    }
}
