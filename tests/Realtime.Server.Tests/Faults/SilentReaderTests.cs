using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>Readers that never read cost bounded memory and delay nobody.</summary>
public sealed class SilentReaderTests
{
    private const int SilentOfEach = 10;
    private const int MessageBytes = 16_000;
    private const int BatchSize = 50;
    private const int Batches = 64;

    /// <summary>What the server may grow by while 50 MB are published. With queues the sixty silent readers would hold 3 GB; the tail
    /// (16 MiB here), the shared pages (4 MiB) and what the collector leaves lying about are what is allowed for.</summary>
    private const long MaxGrowth = 150L << 20;

    private static readonly ReaderKind[] Reading = [ReaderKind.WebSocket, ReaderKind.ServerSentEvents, ReaderKind.LongPoll, ReaderKind.HubMessagePack];

    private static readonly ReaderKind[] PushKinds = [ReaderKind.WebSocket, ReaderKind.ServerSentEvents, ReaderKind.HubJson, ReaderKind.HubMessagePack];

    [Fact]
    public async Task The_server_holds_no_more_for_them_and_all_others_get_everything()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            // How much the server collector leaves lying about depends on the number of processors.
            ("DOTNET_gcServer", "0"),
            ("Realtime:Delivery:MaxTailBytes", $"{16 << 20}"),
            ("Realtime:Delivery:MaxPageBytes", $"{4 << 20}"),
            ("Realtime:Delivery:SlowConsumerTimeout", "00:10:00"));
        using var alice = await ServerClient.SignInAsync(server.Address);
        var channel = $"room:{Guid.NewGuid():N}";

        // What a server needs to run at this rate at all is not the readers' doing.
        await PublishAsync(alice, channel + ".warm", batches: 10);
        var readers = await Task.WhenAll(Reading.Select(kind => TestReader.OpenAsync(kind, alice, [channel])));
        var silent = new List<SilentReader>();
        foreach (var kind in Enum.GetValues<ReaderKind>())
        {
            for (var i = 0; i < SilentOfEach; i++)
                silent.Add(await SilentReader.OpenAsync(kind, alice, channel, readers[0].Cursor!));
        }

        var before = server.ResidentBytes;
        var reading = readers.Select(ReadAllAsync).ToList();
        await PublishAsync(alice, channel, Batches);
        await Deadline.WithinAsync(Task.WhenAll(reading), "last message at every reader", TimeSpan.FromSeconds(60));
        var growth = server.ResidentBytes - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"The server grew by {growth >> 20} MiB, from {before >> 20} MiB.");
        Assert.InRange(growth, long.MinValue, MaxGrowth);

        // They were all there the whole time, and behind.
        using var stats = await alice.GetAsync("api/stats");
        var behind = (await ServerClient.JsonAsync(stats)).GetProperty("lag").GetProperty("behind").GetInt32();
        Assert.InRange(behind, PushKinds.Length * SilentOfEach, int.MaxValue);
        silent.ForEach(reader => reader.Dispose());
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }

    [Theory]
    [InlineData(ReaderKind.WebSocket, "websocket")]
    [InlineData(ReaderKind.ServerSentEvents, "sse")]
    [InlineData(ReaderKind.HubJson, "signalr")]
    public async Task One_that_takes_nothing_for_too_long_is_let_go(ReaderKind kind, string transport)
    {
        await using var server = TestServer.Start([("Realtime:Store:Kind", "memory"), ("Realtime:Delivery:SlowConsumerTimeout", "00:00:01")]);
        using var alice = await ServerClient.SignInAsync(server.Address);
        using var silent = await SilentReader.OpenAsync(kind, alice, "room:a", "latest");
        await Deadline.UntilAsync(() => SessionsAsync(alice, transport), count => count == 1, "session");
        await PublishAsync(alice, "room:a", batches: 20);
        await Deadline.UntilAsync(() => SessionsAsync(alice, transport), count => count == 0, "end of the session");
    }

    private static async Task<long> SessionsAsync(ServerClient alice, string transport)
    {
        using var stats = await alice.GetAsync("api/stats");
        var sessions = (await ServerClient.JsonAsync(stats)).GetProperty("sessions");
        return sessions.TryGetProperty(transport, out var count) ? count.GetInt64() : 0;
    }

    private static async Task PublishAsync(ServerClient alice, string channel, int batches)
    {
        var message = $$"""{"channel":"{{channel}}","data":"{{new string('x', MessageBytes - 2)}}"}""";
        var body = $$"""{"messages":[{{string.Join(',', Enumerable.Repeat(message, BatchSize))}}]}""";
        for (; batches > 0; batches--)
        {
            using var response = await alice.PostAsync("api/publish", body);
            Assert.True(response.IsSuccessStatusCode);
            Assert.All((await ServerClient.JsonAsync(response)).GetProperty("results").EnumerateArray(), result => Assert.True(result.TryGetProperty("offset", out _)));
        }
    }

    private static async Task ReadAllAsync(TestReader reader)
    {
        for (var offset = 0L; offset < Batches * BatchSize;)
        {
            foreach (var message in (await reader.NextAsync<BatchEvent>($"message {offset + 1}")).Messages)
                Assert.Equal(++offset, message.Offset);
        }
    }
}
