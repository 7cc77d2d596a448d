using System.Net;
using System.Text.Json;
using Realtime.Server.Tests.Faults;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Operations;

/// <summary>The settings of the protocol, given as environment variables to a real process.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Limits_retention_and_the_place_of_the_store_are_settings()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            ("Realtime:Store:Path", "elsewhere/messages.db"),
            ("Realtime:Limits:MaxMessageBytes", "100"),
            ("Realtime:Limits:MaxChannelsPerReader", "2"),
            ("Realtime:Limits:DeduplicationWindow", "00:20:00"),
            ("Realtime:Retention:Default:MaxMessages", "20"),
            ("Realtime:Retention:chat:MaxMessages", "5"),
            ("Realtime:Retention:short:MaxAge", "00:00:01"),
            ("Realtime:Origins:0", "https://app.example"),
            ("Realtime:Origins:1", "https://other.example:8443"));
        Assert.True(File.Exists(Path.Combine(folder.Path, "elsewhere", "messages.db")));
        using var alice = await ServerClient.SignInAsync(server.Address);

        await alice.PublishAsync("room:a", $"\"{new string('x', 98)}\"");
        await AssertStatusAsync(alice.PostAsync("api/channels/room:a/messages", $$"""{"data":"{{new string('x', 99)}}"}"""), 413);
        await AssertStatusAsync(alice.GetAsync("api/poll?channels=a,b"), 200);
        await AssertStatusAsync(alice.GetAsync("api/poll?channels=a,b,c"), 400);
        await AssertStatusAsync(alice.GetAsync("api/stream?channels=a,b,c", "Origin: https://other.example:8443"), 400);
        await AssertStatusAsync(alice.GetAsync("api/stream?channels=a,b,c", "Origin: https://third.example"), 403);

        await alice.PublishAsync("short:a", "1");
        await alice.PublishRangeAsync("room:b", 1, 60);
        await alice.PublishRangeAsync("chat:b", 1, 60);
        await FirstBecomesAsync(alice, "room:b", 41);
        await FirstBecomesAsync(alice, "chat:b", 56);
        await FirstBecomesAsync(alice, "short:a", 2);
    }

    [Fact]
    public async Task Tokens_of_another_audience_or_key_are_refused_where_they_are_set()
    {
        const string key = "another-key-of-more-than-thirty-two-bytes";
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path, ("Realtime:Store:Kind", "memory"), ("Realtime:Auth:Mode", "jwt"), ("Realtime:Auth:HmacKey", key), ("Realtime:Auth:Audience", "chat"));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.db", SearchOption.AllDirectories));
        using var noAudience = new ServerClient(server.Address, TestToken.Create("alice", TimeSpan.FromMinutes(1), key));
        await AssertStatusAsync(noAudience.GetAsync("api/poll?channels=a"), 401);
        await AssertStatusAsync(noAudience.PostAsync("api/demo/token", """{"user":"alice"}"""), 404);
    }

    private static async Task AssertStatusAsync(Task<HttpResponseMessage> request, int status)
    {
        using var response = await request;
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
    }

    private static Task<JsonElement> FirstBecomesAsync(ServerClient alice, string channel, long first) => Deadline.UntilAsync(
        () => alice.HistoryAsync(channel), history => history.GetProperty("first").GetInt64() == first, $"first offset {first} of {channel}");
}
