using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>What consumers have committed is there after any end of the server, and what the log has lost since is told.</summary>
public sealed class ConsumerDurabilityTests
{
    private readonly string _channel = $"room:{Guid.NewGuid():N}";

    [Fact]
    public async Task Places_that_were_answered_survive_a_kill()
    {
        using var folder = new TemporaryFolder();
        ServerClient alice;
        await using (var first = await ServerProcess.StartAsync(folder.Path))
        {
            alice = await ServerClient.SignInAsync(first.Address);
            await alice.PublishRangeAsync(_channel, 1, 30);
            await alice.CommitAsync(_channel, "worker", 12);
            await alice.CommitAsync(_channel, "me", 29);
            await first.KillAsync();
        }

        await using var second = await ServerProcess.StartAsync(folder.Path);
        using var again = alice.Through(second.Address);
        alice.Dispose();

        Assert.Equal(12, (await again.PlaceAsync(_channel, "worker")).GetProperty("offset").GetInt64());
        Assert.Equal(Enumerable.Range(13, 18), ServerClient.Offsets(await again.FetchAsync(_channel, "worker")));
        var inbox = (await again.GetJsonAsync("api/inbox")).GetProperty("channels").EnumerateArray().Single();
        Assert.Equal((_channel, 29, 1), (inbox.GetProperty("channel").GetString(), inbox.GetProperty("offset").GetInt32(), inbox.GetProperty("unread").GetInt32()));
    }

    [Fact]
    public async Task A_consumer_whose_log_was_lost_is_told_and_begins_anew()
    {
        using var folder = new TemporaryFolder();
        ServerClient alice;
        await using (var first = await ServerProcess.StartAsync(folder.Path))
        {
            alice = await ServerClient.SignInAsync(first.Address);
            await alice.PublishRangeAsync(_channel, 1, 30);
            await alice.CommitAsync(_channel, "worker", 12);
            first.Terminate();
            await first.ExitedAsync();
        }

        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, "data"), "realtime.db*"))
        {
            if (Path.GetFileName(file) is "realtime.db" or "realtime.db-wal" or "realtime.db-shm")
                File.Delete(file);
        }

        await using var second = await ServerProcess.StartAsync(folder.Path);
        using var again = alice.Through(second.Address);
        alice.Dispose();
        await again.PublishRangeAsync(_channel, 1, 20);

        Assert.Equal(20, (await again.PlaceAsync(_channel, "worker")).GetProperty("lag").GetInt64());
        var page = await again.FetchAsync(_channel, "worker");
        Assert.Equal(Enumerable.Range(1, 20), ServerClient.Offsets(page));
        var gap = page.GetProperty("gap");
        Assert.Equal(("epoch", 13, 1), (gap.GetProperty("reason").GetString(), gap.GetProperty("requested").GetInt32(), gap.GetProperty("first").GetInt32()));
        Assert.Equal(page.GetProperty("epoch").GetString(), gap.GetProperty("epoch").GetString());
    }

    [Fact]
    public async Task A_consumer_that_never_committed_is_told_what_was_trimmed()
    {
        await using var server = TestServer.Start(("Realtime:Retention:Default:MaxMessages", "10"));
        using var alice = await ServerClient.SignInAsync(server.Address);
        await alice.PublishRangeAsync(_channel, 1, 100);
        var history = await Deadline.UntilAsync(
            () => alice.HistoryAsync(_channel), page => page.GetProperty("first").GetInt32() == 91, "trimming", TimeSpan.FromSeconds(20));

        var page = await alice.FetchAsync(_channel, "worker", "?limit=5");

        Assert.Equal(Enumerable.Range(91, 5), ServerClient.Offsets(page));
        var gap = page.GetProperty("gap");
        Assert.Equal(("trimmed", 1, 91), (gap.GetProperty("reason").GetString(), gap.GetProperty("requested").GetInt32(), gap.GetProperty("first").GetInt32()));
        Assert.Equal(91, page.GetProperty("first").GetInt32());
        // Just before what is retained nothing is missing.
        await alice.CommitAsync(_channel, "worker", 90);
        Assert.False((await alice.FetchAsync(_channel, "worker")).TryGetProperty("gap", out _));
        Assert.Equal(history.GetProperty("head").GetInt32(), page.GetProperty("head").GetInt32());
    }
}
