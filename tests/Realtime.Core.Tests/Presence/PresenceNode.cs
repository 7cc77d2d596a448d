using System.Text.Json;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Presence;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Presence;

/// <summary>The presence of one node, whose rounds a test runs and whose frames it carries.</summary>
internal sealed class PresenceNode : IDisposable
{
    private readonly MemoryMeterFactory _meters = new();
    private readonly InMemoryMessageStore _store = new(new MessageStoreOptions());
    private readonly Dictionary<ChannelName, long> _signalsSeen = [];
    private readonly NodeDirectory _nodes;
    private readonly PresenceExchange _exchange;

    internal PresenceNode(TimeProvider time, PresenceOptions? options = null, bool connectsNodes = false)
    {
        var backbone = new BackboneOptions();
        Logs = new ChannelLogs(_store, new DeliveryOptions { Pumps = 1 }, Interest, time);
        _nodes = new NodeDirectory(backbone, time);
        Registry = new PresenceRegistry(
            Logs, options ?? new PresenceOptions(), backbone, new ScriptedBackbone(connectsNodes), _nodes, new RealtimeMetrics(_meters), time);
        _nodes.NodeLeft = Registry.ForgetNode;
        _exchange = new PresenceExchange(Registry, Id, (shard, frame) => Sent.Enqueue((shard, frame.Body.ToArray())));
    }

    internal Guid Id { get; } = Guid.NewGuid();

    internal ShardInterest Interest { get; } = new();

    internal ChannelLogs Logs { get; }

    internal PresenceRegistry Registry { get; }

    /// <summary>What the node sent and the test has not carried yet.</summary>
    internal Queue<(int Shard, byte[] Body)> Sent { get; } = [];

    internal void Run() => _exchange.Run();

    internal void Take(Guid sender, byte[] body) => _exchange.Take(sender, new FrameReader(body));

    /// <summary>Hears that another node is alive.</summary>
    internal void Hear(Guid node)
    {
        var frame = new FrameWriter();
        frame.WriteBytes(JsonSerializer.SerializeToUtf8Bytes(new NodeStatus { Name = node.ToString() }, JsonSerializerOptions.Web));
        _nodes.Heard(node, new FrameReader(frame.Body.ToArray()));
    }

    /// <summary>Hears that another node leaves.</summary>
    internal void HearGoodbye(Guid node) => _nodes.Left(node);

    /// <summary>A user begins to read a channel.</summary>
    internal async Task<Reading> EnterAsync(ChannelName channel, string user, string transport = "websocket")
    {
        var log = await Logs.AcquireAsync(channel, TestContext.Current.CancellationToken);
        _signalsSeen.TryAdd(channel, log.SignalHead);
        return new Reading(this, log, Registry.Enter(log, user, transport), transport);
    }

    /// <summary>A user polls: begins and is answered.</summary>
    internal async Task PollAsync(ChannelName channel, string user, string transport) => (await EnterAsync(channel, user, transport)).EndPoll();

    /// <summary>What readers were told since the last look, as <c>event user count</c>.</summary>
    internal IReadOnlyList<string> NewSignals(ChannelName channel)
    {
        var signals = new List<Signal>();
        if (Logs.TryGet(channel, out var log))
            _signalsSeen[channel] = log.ReadSignals(_signalsSeen.GetValueOrDefault(channel), signals);
        return [.. signals.Select(Text)];
    }

    internal async Task<PresenceList> ReadAsync(ChannelName channel, int limit = 1_000) => await await BeginReadAsync(channel, limit);

    /// <summary>Asks who is in a channel; when this returns, the question is under way, and the clock may go on.</summary>
    internal async Task<Task<PresenceList>> BeginReadAsync(ChannelName channel, int limit = 1_000)
    {
        var log = await Logs.AcquireAsync(channel, TestContext.Current.CancellationToken);
        var reading = Read();
        Logs.Release(log);
        return reading;

        async Task<PresenceList> Read() =>
            await Registry.ReadAsync(channel, limit, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("There was no room.");
    }

    public void Dispose()
    {
        Logs.Dispose();
        _meters.Dispose();
    }

    private static string Text(Signal signal)
    {
        using var data = JsonDocument.Parse(signal.Draft.Data);
        var (what, count) = (data.RootElement.GetProperty("event").GetString(), data.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(PresenceSignal.Type, signal.Draft.Type);
        if (what == "count")
            return $"count {count}";
        Assert.Equal(signal.Draft.User, data.RootElement.GetProperty("user").GetString());
        Assert.Equal(signal.Draft.User, signal.NotFor);
        return $"{what} {signal.Draft.User} {count}";
    }

    /// <summary>One session or poll.</summary>
    internal sealed record Reading(PresenceNode Node, ChannelLog Log, PresenceEntry? Entry, string Transport)
    {
        internal void Leave()
        {
            Entry?.Leave(Transport);
            Node.Logs.Release(Log);
        }

        internal void EndPoll()
        {
            Entry?.EndPoll(Transport);
            Node.Logs.Release(Log);
        }
    }
}
