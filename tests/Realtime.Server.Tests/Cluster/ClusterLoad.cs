using Realtime.Server.Tests.Faults;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Cluster;

/// <summary>
/// Publishers that go on whatever happens, and readers that roam over all transports and nodes; in the end every message is accounted for.
/// </summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    private const int Publishers = 6;
    private const int Readers = 4;

    /// <summary>Some hundreds of messages a second over all: enough to be under way at every fault, and few enough that a slow machine keeps up.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly ServerCluster _cluster;
    private readonly ServerClient _alice;
    private readonly string[] _channels = [.. Enumerable.Range(0, 2).Select(index => $"room:{index}-{Guid.NewGuid():N}")];
    private readonly List<RetryingPublisher> _publishers;
    private readonly List<RoamingReader> _readers;
    private readonly List<Task> _publishing;
    private readonly List<Task> _reading;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Dictionary<string, long>? _totals;

    private ClusterLoad(ServerCluster cluster, ServerClient alice, string cursor, int seed)
    {
        _cluster = cluster;
        _alice = alice;
        _publishers = [.. Enumerable.Range(0, Publishers).Select(index => new RetryingPublisher(_channels[index % 2], $"p{index}", Pace))];
        _readers = [.. Enumerable.Range(0, Readers).Select(index => new RoamingReader(_channels, cursor, seed + index))];
        _publishing = [.. _publishers.Select(publisher => publisher.PublishAsync(Anywhere, int.MaxValue, _stop.Token))];
        _reading = [.. _readers.Select(reader => reader.ReadAsync(Anywhere, channel => _totals?[channel], cutAfter: 40, _end.Token))];
    }

    /// <summary>Messages acknowledged so far.</summary>
    internal int Acknowledged => _publishers.Sum(publisher => publisher.Acknowledged.Count);

    /// <summary>Publishes refused so far, each with the time to come back.</summary>
    internal int Refused => _publishers.Sum(publisher => publisher.Refused);

    internal static async Task<ClusterLoad> StartAsync(ServerCluster cluster, int seed)
    {
        var alice = await ServerClient.SignInAsync(cluster.Balancer.Address);
        // Nothing was published in these channels: everything is to be read.
        return new ClusterLoad(cluster, alice, "earliest", seed);
    }

    /// <summary>Lets the load go on until so many more messages are acknowledged.</summary>
    internal async Task RunAsync(int messages)
    {
        var target = Acknowledged + messages;
        await Deadline.UntilAsync(() => Task.FromResult(Acknowledged), count => count >= target, $"{messages} more publishes", TimeSpan.FromSeconds(60));
    }

    /// <summary>Ends the load and accounts for every message: acknowledged ones are stored once at their offsets, and every reader had all, once and in order.</summary>
    internal async Task AccountAsync(TimeSpan? catchUp = null)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_publishing);
        var totals = new Dictionary<string, long>();
        foreach (var channel in _channels)
            totals.Add(channel, await _alice.HeadAsync(channel));
        _totals = totals;
        _end.CancelAfter(catchUp ?? TimeSpan.FromSeconds(60));
        // Whoever has everything already waits for an event to look at the totals.
        var read = Task.WhenAll(_reading);
        while (await Task.WhenAny(read, Task.Delay(500)) != read)
            await Task.WhenAll(_channels.Select(channel => _alice.SignalAsync(channel, "end", "1")));
        await read;
        foreach (var channel in _channels)
        {
            var stored = await StoredAsync(channel);
            Assert.Equal(Enumerable.Range(1, (int)totals[channel]).Select(offset => (long)offset), stored.Values.Order());
            foreach (var (id, offset) in _publishers.Where(publisher => publisher.Channel == channel).SelectMany(publisher => publisher.Acknowledged))
                Assert.Equal(offset, stored[id]);
            foreach (var reader in _readers)
                Assert.Equal(Enumerable.Range(1, (int)totals[channel]).Select(offset => (long?)offset), reader.In(channel).Select(message => message.Offset));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _end.CancelAsync();
        await Task.WhenAll(_publishing.Concat(_reading)).ContinueWith(_ => { }, TaskScheduler.Default);
        _alice.Dispose();
        _stop.Dispose();
        _end.Dispose();
    }

    /// <summary>Through the balancer, which chooses the node.</summary>
    private ServerClient Anywhere() => _alice.Through(_cluster.Balancer.Address);

    private async Task<Dictionary<string, long>> StoredAsync(string channel)
    {
        var stored = new Dictionary<string, long>();
        for (var after = 0L; ; after += 1000)
        {
            var page = (await _alice.HistoryAsync(channel, $"?after={after}&limit=1000")).GetProperty("messages").EnumerateArray().ToList();
            foreach (var message in page)
                stored.Add(message.GetProperty("id").GetString()!, message.GetProperty("offset").GetInt64());
            if (page.Count < 1000)
                return stored;
        }
    }
}
