using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>Connections that are cut in the middle of anything, and readers that come back by whatever transport: every message once, in order.</summary>
public sealed class DisconnectionTests(SharedServer server)
{
    private const int Readers = 8;
    private const int Publishers = 4;
    private const int MessagesOfEach = 400;
    private const int Seed = 20261123;

    [Fact]
    public async Task Readers_that_lose_connections_and_change_transports_miss_and_repeat_nothing()
    {
        string[] channels = [$"room:{Guid.NewGuid():N}", $"room:{Guid.NewGuid():N}"];
        using var alice = await ServerClient.SignInAsync(server.Address);
        var random = new Random(Seed);
        await using var readersProxy = new CuttingProxy(server.Address, () => Next(random, 600, 60_000));
        await using var publishersProxy = new CuttingProxy(server.Address, () => Next(random, 100, 8_000));
        var start = await TestReader.OpenAsync(ReaderKind.ShortPoll, alice, channels);
        await start.DisposeAsync();

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        var readers = Enumerable.Range(0, Readers).Select(index => new RoamingReader(channels, start.Cursor!, Seed + index)).ToList();
        var publishers = Enumerable.Range(0, Publishers).Select(index => new RetryingPublisher(channels[index % 2], $"p{index}")).ToList();
        var reading = readers.Select(reader => reader.ReadAsync(
            () => alice.Through(readersProxy.Address), _ => Publishers / 2 * MessagesOfEach, cutAfter: 40, limit.Token)).ToList();
        await Task.WhenAll(publishers.Select(publisher => publisher.PublishAsync(() => alice.Through(publishersProxy.Address), MessagesOfEach, limit.Token)));
        await Task.WhenAll(reading);

        for (var channel = 0; channel < channels.Length; channel++)
        {
            var published = publishers.Where((_, index) => index % 2 == channel).SelectMany(publisher => publisher.Acknowledged)
                .OrderBy(message => message.Offset).ToList();
            Assert.Equal(Enumerable.Range(1, Publishers / 2 * MessagesOfEach).Select(offset => (long)offset), published.Select(message => message.Offset));
            foreach (var reader in readers)
                Assert.Equal(published, reader.In(channels[channel]).Select(message => (message.Id, message.Offset!.Value)));
        }

        // Nothing was proved unless much went wrong.
        Assert.InRange(readersProxy.Cuts, 10, int.MaxValue);
        Assert.InRange(publishersProxy.Cuts, 10, int.MaxValue);
        Assert.InRange(readers.Min(reader => reader.Connections), 3, int.MaxValue);
    }

    private static long Next(Random random, int min, int max)
    {
        lock (random)
            return random.Next(min, max);
    }
}
