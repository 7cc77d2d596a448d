using System.Diagnostics;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>SIGTERM: every client is told when to come back, and the server is gone soon, whoever is connected.</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(9);

    [Fact]
    public async Task Every_connection_is_drained_and_the_server_ends_soon()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path);
        using var alice = await ServerClient.SignInAsync(server.Address);
        var channel = $"room:{Guid.NewGuid():N}";
        ReaderKind[] held = [ReaderKind.WebSocket, ReaderKind.ServerSentEvents, ReaderKind.LongPoll, ReaderKind.HubJson, ReaderKind.HubMessagePack];
        var readers = await Task.WhenAll(held.Select(kind => TestReader.OpenAsync(kind, alice, [channel])));
        await alice.PublishAsync(channel, "1");
        foreach (var reader in readers)
            await reader.TakeAsync(1);
        using var silentSocket = await SilentReader.OpenAsync(ReaderKind.WebSocket, alice, channel, "earliest");
        using var silentStream = await SilentReader.OpenAsync(ReaderKind.ServerSentEvents, alice, channel, "earliest");
        using var silentHub = await SilentReader.OpenAsync(ReaderKind.HubJson, alice, channel, "earliest");

        var began = Stopwatch.GetTimestamp();
        server.Terminate();
        foreach (var (kind, reader) in held.Zip(readers))
        {
            var drain = await reader.NextAsync<DrainEvent>($"drain by {kind}");
            Assert.InRange(drain.After, TimeSpan.Zero, TimeSpan.FromSeconds(10));
            // A poll that comes back early is told the same again.
            if (kind == ReaderKind.LongPoll)
                continue;
            var closed = await reader.NextAsync<ClosedEvent>($"end of {kind}");
            if (kind == ReaderKind.WebSocket)
                Assert.Contains(closed.Code, new int?[] { 1001, 1012 });
        }

        await server.ExitedAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Soon);
        Assert.Equal(0, server.ExitCode);
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }

    [Fact]
    public async Task What_was_acknowledged_before_is_there_after()
    {
        using var folder = new TemporaryFolder();
        var channel = $"room:{Guid.NewGuid():N}";
        var publishers = Enumerable.Range(0, 4).Select(index => new RetryingPublisher(channel, $"p{index}")).ToList();
        ServerClient alice;
        await using (var first = await ServerProcess.StartAsync(folder.Path))
        {
            alice = await ServerClient.SignInAsync(first.Address);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var publishing = publishers.Select(publisher => publisher.PublishAsync(() => alice.Through(first.Address), int.MaxValue, stop.Token)).ToList();
            await Deadline.UntilAsync(() => Task.FromResult(publishers.Min(publisher => publisher.Acknowledged.Count)), count => count >= 20, "publishes");
            first.Terminate();
            await first.ExitedAsync();
            Assert.Equal(0, first.ExitCode);
            await stop.CancelAsync();
            await Task.WhenAll(publishing);
        }

        // Tokens survive the restart as the messages do.
        await using var second = await ServerProcess.StartAsync(folder.Path);
        using var again = alice.Through(second.Address);
        var messages = new List<(string, long)>();
        while (messages.Count == 0 || messages.Count % 1000 == 0)
        {
            var page = await again.HistoryAsync(channel, $"?after={messages.Count}&limit=1000");
            messages.AddRange(page.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("id").GetString()!, message.GetProperty("offset").GetInt64())));
        }

        Assert.Subset(messages.ToHashSet(), publishers.SelectMany(publisher => publisher.Acknowledged).ToHashSet());
        Assert.Equal(messages.Count, messages.Select(message => message.Item1).Distinct().Count());
        alice.Dispose();
    }
}
