using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Tests.Scenarios;

public class CompareTransportsTests
{
    private static readonly Workload Small = new GeneratedWorkload { Seed = 3, Rate = 200, Duration = TimeSpan.FromSeconds(2), Channels = 3 }.Create();

    [Fact]
    public async Task Readers_of_the_baseline_get_every_message_once_and_in_order()
    {
        var settings = new CompareSettings { Workload = Small, Readers = 4, Transports = [], Peer = true, Cost = false };

        var result = await new CompareTransports(BuiltPrograms.Host, settings).RunAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(result.Checks, check => check.Outcome == CheckOutcome.Failed);
        var peer = Assert.Single(result.Transports);
        Assert.Equal(TransportKind.PlainSignalR, peer.Transport);
        Assert.Equal(4 * Small.Messages.Count, peer.Delivered);
        Assert.True(peer.Latency is { P50: > 0, P50: < 1000 }, $"p50 {peer.Latency?.P50} ms");
        Assert.True(peer.BytesDownPerMessage > 50, $"{peer.BytesDownPerMessage} bytes a message");
    }

    [Fact]
    public async Task Readers_of_every_transport_get_every_message_once_and_in_order()
    {
        var settings = new CompareSettings
        {
            Workload = Small,
            Readers = 3,
            Reading = new ReaderSettings { PollInterval = TimeSpan.FromMilliseconds(200) },
            IdleConnections = 10,
            Slice = TimeSpan.FromSeconds(0.5),
        };

        var result = await new CompareTransports(BuiltPrograms.Host, settings).RunAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain(result.Checks, check => check.Outcome == CheckOutcome.Failed);
        Assert.Equal(TransportKind.All, result.Transports.Select(transport => transport.Transport));
        Assert.All(result.Transports, transport =>
        {
            Assert.Equal(3 * Small.Messages.Count, transport.Delivered);
            Assert.NotNull(transport.Cost);
            Assert.True(transport.Requests >= 3, $"{transport.Transport}: {transport.Requests} requests");
        });
        var shortPoll = result.Transports.Single(transport => transport.Transport == TransportKind.ShortPoll);
        Assert.True(shortPoll.Latency!.P50 > result.Transports[0].Latency!.P50, "polling is later than pushing");
    }
}
