using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>Follows, posts and timelines.</summary>
public sealed class FeedTests(SharedServer server) : ProtocolTest(server)
{
    private static readonly string[] Strategies = ["auto", "push", "pull", "hybrid"];

    private readonly string _unique = $"{Guid.NewGuid():N}"[..8];

    private string Ann => $"ann-{_unique}";

    private string Bob => $"bob-{_unique}";

    [Fact]
    public async Task A_timeline_holds_the_posts_of_those_who_are_followed_and_ones_own_by_every_strategy()
    {
        using var ann = await SignInAsync(Ann);
        using var bob = await SignInAsync(Bob);
        await FollowAsync(bob, Bob, Ann);
        for (var number = 1; number <= 5; number++)
        {
            await PostAsync(ann, $"a{number}");
            await PostAsync(bob, $"b{number}");
        }

        string[] expected = ["b5", "a5", "b4", "a4", "b3", "a3", "b2", "a2", "b1", "a1"];
        foreach (var strategy in Strategies)
        {
            var read = new List<string>();
            for (string? before = null; ;)
            {
                var page = await TimelineAsync(bob, $"?strategy={strategy}&limit=3{(before is null ? "" : "&before=" + Uri.EscapeDataString(before))}");
                Assert.Equal(strategy, page.GetProperty("strategy").GetString());
                Assert.Equal(["mailboxReads", "merged", "sourceReads"], page.GetProperty("cost").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
                read.AddRange(Ids(page));
                before = page.GetProperty("next").GetString();
                if (before is null)
                    break;
            }

            // Times may be the same; then ids decide.
            Assert.Equal(expected.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
            Assert.Equal(read.Where(id => id[0] == 'a'), expected.Where(id => id[0] == 'a'));
        }

        Assert.Equal(["a5", "a4", "a3", "a2", "a1"], Ids(await TimelineAsync(ann, "")));
    }

    [Fact]
    public async Task A_deleted_post_is_gone_from_every_timeline_and_keeps_its_place_in_the_channel()
    {
        using var ann = await SignInAsync(Ann);
        using var bob = await SignInAsync(Bob);
        await FollowAsync(bob, Bob, Ann);
        await PostAsync(ann, "a1");
        await PostAsync(ann, "a2");
        Assert.Equal(2, Ids(await TimelineAsync(bob, "")).Count);
        var path = $"api/channels/posts:{Ann}/messages";
        using var before = await bob.GetAsync(path);

        using (var deleted = await ann.SendAsync(HttpMethod.Delete, "api/posts/a1"))
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        await RefusedAsync(await ann.SendAsync(HttpMethod.Delete, "api/posts/a1"), 404, "not-found");
        await RefusedAsync(await bob.SendAsync(HttpMethod.Delete, "api/posts/a2"), 404, "not-found");
        foreach (var strategy in Strategies)
            Assert.Equal(["a2"], Ids(await TimelineAsync(bob, $"?strategy={strategy}")));
        using var after = await bob.GetAsync(path, $"If-None-Match: {before.Headers.ETag}");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        var messages = (await ServerClient.JsonAsync(after)).GetProperty("messages");
        Assert.Equal(("deleted", JsonValueKind.Null, 1), (messages[0].GetProperty("type").GetString(), messages[0].GetProperty("data").ValueKind, messages[0].GetProperty("offset").GetInt32()));
        using var same = await bob.GetAsync(path, $"If-None-Match: {after.Headers.ETag}");
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task Following_and_leaving_change_the_timeline_at_once()
    {
        using var ann = await SignInAsync(Ann);
        using var bob = await SignInAsync(Bob);
        await PostAsync(ann, "a1");
        Assert.Empty(Ids(await TimelineAsync(bob, "")));

        await FollowAsync(bob, Bob, Ann);
        Assert.Equal(["a1"], Ids(await TimelineAsync(bob, "")));
        Assert.Equal((Ann, 1, null), await UsersAsync(bob, $"api/users/{Bob}/follows"));
        Assert.Equal((Bob, 1, null), await UsersAsync(bob, $"api/users/{Ann}/followers"));

        using var left = await bob.SendAsync(HttpMethod.Delete, $"api/users/{Bob}/follows/{Ann}");
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.Empty(Ids(await TimelineAsync(bob, "")));
        Assert.Equal(("", 0, null), await UsersAsync(bob, $"api/users/{Ann}/followers"));
    }

    [Theory]
    [MemberData(nameof(ReaderKinds))]
    public async Task Connected_followers_hear_of_posts_and_deletions(ReaderKind kind)
    {
        using var ann = await SignInAsync(Ann);
        using var bob = await SignInAsync(Bob);
        await FollowAsync(bob, Bob, Ann);
        await using var reader = await TestReader.OpenAsync(kind, bob, [$"timeline:{Bob}"]);
        // Whoever has read the timeline after connecting hears of all that comes later.
        await TimelineAsync(bob, "");

        await PostAsync(ann, "a1");
        var post = (await reader.NextAsync<SignalEvent>("post")).Signal;
        using var deleted = await ann.SendAsync(HttpMethod.Delete, "api/posts/a1");
        var deletion = (await reader.NextAsync<SignalEvent>("deletion")).Signal;

        Assert.Equal(("post", $"timeline:{Bob}"), (post.Type, post.Channel));
        var data = post.Data;
        Assert.Equal(("a1", 1, $"posts:{Ann}"), (data.GetProperty("id").GetString(), data.GetProperty("offset").GetInt32(), data.GetProperty("channel").GetString()));
        Assert.Equal("delete", deletion.Type);
        data = deletion.Data;
        Assert.Equal(("a1", Ann), (data.GetProperty("id").GetString(), data.GetProperty("author").GetString()));
    }

    [Fact]
    public async Task A_graph_is_imported_by_whoever_has_the_right_and_a_bad_line_changes_nothing()
    {
        using var importer = await ServerClient.SignInAsync(Server.Address, "importer", "\"pub\":[\"follows:import\"]");
        using var bob = await SignInAsync(Bob);

        await RefusedAsync(await ImportAsync(bob, $"{Bob},{Ann}\n"), 403, "forbidden");
        await RefusedAsync(await ImportAsync(importer, $"{Bob},{Ann}\n{Bob}\n"), 400, "invalid-request", "line 2");
        await RefusedAsync(await ImportAsync(importer, $"{Bob},{Ann}\n{Bob},{Bob}\n"), 400, "invalid-request", "line 2");
        await RefusedAsync(await ImportAsync(importer, $"{Bob},a b c\n"), 400, "invalid-request", "line 1");
        await RefusedAsync(await ImportAsync(importer, "# nothing\n\n"), 400, "invalid-request");
        await RefusedAsync(await ImportAsync(importer, $"{Bob},{Ann}\n", "application/json"), 400, "invalid-request");
        Assert.Equal(("", 0, null), await UsersAsync(bob, $"api/users/{Ann}/followers"));

        using var imported = await ImportAsync(importer, $"# follower author\n{Bob} {Ann}\n\ncid-{_unique}\t{Ann}\n{Bob},{Ann}\n");
        var answer = await ServerClient.JsonAsync(imported);
        Assert.Equal((3, 2), (answer.GetProperty("follows").GetInt32(), answer.GetProperty("added").GetInt32()));
        Assert.Equal((Bob, 2, Bob), await UsersAsync(bob, $"api/users/{Ann}/followers?limit=1"));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        using var bob = await SignInAsync(Bob);
        await RefusedAsync(await PutAsync(bob, $"api/users/{Bob}/follows/{Bob}"), 400, "invalid-request", "author");
        await RefusedAsync(await PutAsync(bob, $"api/users/{Bob}/follows/a%20b"), 400, "invalid-request", "author");
        await RefusedAsync(await PutAsync(bob, $"api/users/{Ann}/follows/{Bob}"), 403, "forbidden");
        await RefusedAsync(await bob.GetAsync("api/timeline?strategy=fastest"), 400, "invalid-request", "strategy");
        await RefusedAsync(await bob.GetAsync("api/timeline?before=42"), 400, "invalid-request", "before");
        await RefusedAsync(await bob.GetAsync("api/timeline?limit=0"), 400, "invalid-request", "limit");
        await RefusedAsync(await bob.PostAsync("api/posts", "{}"), 400, "invalid-request", "data");
        await RefusedAsync(await bob.PostAsync($"api/channels/timeline:{Bob}/messages", """{"data":1}"""), 403, "forbidden");
        await RefusedAsync(await bob.GetAsync("api/timeline/more"), 404, "not-found");
    }

    // A poll gets signals while it is held, and between two of them nothing.
    public static TheoryData<ReaderKind> ReaderKinds => [.. Enum.GetValues<ReaderKind>().Except([ReaderKind.ShortPoll, ReaderKind.LongPoll])];

    private Task<ServerClient> SignInAsync(string user) => ServerClient.SignInAsync(Server.Address, user);

    private static async Task FollowAsync(ServerClient client, string user, string author)
    {
        using var response = await PutAsync(client, $"api/users/{user}/follows/{author}");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static Task<HttpResponseMessage> PutAsync(ServerClient client, string path) => client.SendAsync(HttpMethod.Put, path);

    private static Task<HttpResponseMessage> ImportAsync(ServerClient client, string lines, string contentType = "text/csv") =>
        client.SendAsync(HttpMethod.Post, "api/follows", Content(lines, contentType));

    private static async Task PostAsync(ServerClient client, string id)
    {
        using var response = await client.PostAsync("api/posts", $$"""{"data":{"text":"{{id}}"},"id":"{{id}}"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private static async Task<JsonElement> TimelineAsync(ServerClient client, string query)
    {
        using var response = await client.GetAsync($"api/timeline{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await ServerClient.JsonAsync(response);
    }

    private static async Task<(string Users, int Count, string? Next)> UsersAsync(ServerClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var page = await ServerClient.JsonAsync(response);
        return (string.Join(' ', page.GetProperty("users").EnumerateArray().Select(user => user.GetString())), page.GetProperty("count").GetInt32(), page.GetProperty("next").GetString());
    }

    private static List<string> Ids(JsonElement page) => [.. page.GetProperty("posts").EnumerateArray().Select(post => post.GetProperty("id").GetString()!)];
}
