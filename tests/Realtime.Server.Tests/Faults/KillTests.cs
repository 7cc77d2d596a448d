using System.Net;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary><c>kill -9</c> in the middle of publishing, again and again, on one SQLite file.</summary>
public sealed class KillTests
{
    private const int Kills = 5;
    private const int Publishers = 6;
    private const int AcknowledgedBetweenKills = 150;
    private const int Seed = 5;

    [Fact]
    public async Task What_was_acknowledged_is_there_once_and_readers_go_on_where_they_were()
    {
        using var folder = new TemporaryFolder();
        var channel = $"room:{Guid.NewGuid():N}";
        var server = await ServerProcess.StartAsync(folder.Path);
        var alice = await ServerClient.SignInAsync(server.Address);
        var start = await TestReader.OpenAsync(ReaderKind.ShortPoll, alice, [channel]);
        await start.DisposeAsync();
        var publishers = Enumerable.Range(0, Publishers).Select(index => new RetryingPublisher(channel, $"p{index}")).ToList();
        var readers = Enumerable.Range(0, 3).Select(index => new RoamingReader([channel], start.Cursor!, Seed + index)).ToList();

        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(90));
        long? total = null;
        var reading = readers.Select(reader => reader.ReadAsync(() => alice.Through(server.Address), _ => total, cutAfter: 50, end.Token)).ToList();
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
            var publishing = publishers.Select(publisher => publisher.PublishAsync(() => alice.Through(server.Address), int.MaxValue, stop.Token)).ToList();
            var target = kill * AcknowledgedBetweenKills;
            await Deadline.UntilAsync(() => Task.FromResult(publishers.Sum(publisher => publisher.Acknowledged.Count)), count => count >= target, "publishes");
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServerProcess.StartAsync(folder.Path);
            await stop.CancelAsync();
            await Task.WhenAll(publishing);
        }

        total = await alice.Through(server.Address).HeadAsync(channel);
        await Task.WhenAll(reading);
        await AssertStoredOnceAsync(alice.Through(server.Address), channel, publishers);
        foreach (var reader in readers)
            Assert.Equal(Enumerable.Range(1, (int)total.Value).Select(offset => (long?)offset), reader.In(channel).Select(message => message.Offset));

        await AssertRecognisedAsync(alice.Through(server.Address), channel, publishers[0]);
        await server.DisposeAsync();
        alice.Dispose();
    }

    private static async Task AssertStoredOnceAsync(ServerClient alice, string channel, List<RetryingPublisher> publishers)
    {
        var stored = new Dictionary<string, long>();
        for (var after = 0L; ; after += 1000)
        {
            var page = (await alice.HistoryAsync(channel, $"?after={after}&limit=1000")).GetProperty("messages").EnumerateArray().ToList();
            foreach (var message in page)
                stored.Add(message.GetProperty("id").GetString()!, message.GetProperty("offset").GetInt64());
            if (page.Count < 1000)
                break;
        }

        Assert.Equal(Enumerable.Range(1, stored.Count).Select(offset => (long)offset), stored.Values.Order());
        foreach (var (id, offset) in publishers.SelectMany(publisher => publisher.Acknowledged))
            Assert.Equal(offset, stored[id]);
    }

    private static async Task AssertRecognisedAsync(ServerClient alice, string channel, RetryingPublisher publisher)
    {
        for (var number = 0; number < publisher.Acknowledged.Count; number += 20)
        {
            using var again = await alice.PostAsync($"api/channels/{channel}/messages", $$"""{"data":{{number}},"id":"{{publisher.IdOf(number)}}"}""");
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Equal(publisher.Acknowledged[number].Offset, (await ServerClient.JsonAsync(again)).GetProperty("offset").GetInt64());
        }
    }
}
