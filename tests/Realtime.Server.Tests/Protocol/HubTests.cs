using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>The hub, call by call, in both of SignalR's protocols.</summary>
public sealed class HubTests(SharedServer server) : ProtocolTest(server)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_publish_is_answered_as_over_HTTP(bool messagePack)
    {
        await using var hub = await OpenAsync(messagePack);
        var first = await PublishAsync(hub, Body("x", 1.5));
        Assert.Equal((Channel, "1", "x"), (first["channel"].ToString(), first["offset"].ToString(), first["id"].ToString()));
        ReceivedMessage.ReadTime(first["time"].ToString()!);
        Assert.NotEmpty(first["epoch"].ToString()!);
        var again = await PublishAsync(hub, Body("x", 1.5));
        Assert.Equal(first.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()), again.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
        await RefusedAsync(PublishAsync(hub, Body("x", 2)), 409, "id-conflict");
        Assert.Equal(1, await Alice.HeadAsync(Channel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_largest_data_is_taken_and_larger_is_refused(bool messagePack)
    {
        await using var hub = await OpenAsync(messagePack);
        await PublishAsync(hub, Body("x", new string('x', 65_534)));
        await RefusedAsync(PublishAsync(hub, Body("y", new string('x', 65_535))), 413, "too-large");
        Assert.Equal(1, await Alice.HeadAsync(Channel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publishes_without_waiting_are_stored_in_their_order(bool messagePack)
    {
        await using var hub = await OpenAsync(messagePack);
        await Task.WhenAll(Enumerable.Range(1, 300).Select(number => PublishAsync(hub, Body($"{number}", number))));
        var history = await Alice.HistoryAsync(Channel, "?limit=1000");
        Assert.Equal(Enumerable.Range(1, 300), history.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("data").GetInt32()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Channels_come_and_go_while_connected(bool messagePack)
    {
        await using var hub = await OpenAsync(messagePack);
        await Alice.PublishAsync(Channel, "1");
        await hub.SubscribeAsync([Channel], "earliest");
        await hub.TakeAsync(1);
        await hub.SubscribeAsync([Channel + ".b"]);
        await Alice.PublishAsync(Channel + ".b", "1");
        await Alice.PublishAsync(Channel, "2");
        Assert.Equal([Channel, Channel + ".b"], (await hub.TakeAsync(2)).Select(message => message.Channel).Order());
        await hub.UnsubscribeAsync([Channel]);
        await Alice.PublishAsync(Channel, "3");
        await Alice.PublishAsync(Channel + ".b", "2");
        Assert.Equal(Channel + ".b", Assert.Single(await hub.TakeAsync(1)).Channel);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_is_sent(bool messagePack)
    {
        await using var hub = await OpenAsync(messagePack);
        await hub.SubscribeAsync([Channel]);
        await hub.Connection.InvokeAsync("Signal", Channel, new Dictionary<string, object> { ["type"] = "typing", ["data"] = "x" }, TestContext.Current.CancellationToken);
        Assert.Equal("typing", (await hub.NextAsync<SignalEvent>("signal")).Signal.Type);
        await RefusedAsync(
            hub.Connection.InvokeAsync("Signal", "user:bob", new Dictionary<string, object> { ["type"] = "typing" }, TestContext.Current.CancellationToken), 403, "forbidden");
    }

    public static TheoryData<bool, string, object?[], int, string> BadCalls
    {
        get
        {
            var calls = new TheoryData<bool, string, object?[], int, string>();
            foreach (var messagePack in new[] { false, true })
            {
                calls.Add(messagePack, "Nothing", [], 400, "invalid-request");
                calls.Add(messagePack, "Subscribe", [], 400, "invalid-request");
                calls.Add(messagePack, "Subscribe", ["room:a"], 400, "invalid-request");
                calls.Add(messagePack, "Subscribe", [5, null], 400, "invalid-request");
                calls.Add(messagePack, "Subscribe", [List("room:a"), 5], 400, "invalid-request");
                calls.Add(messagePack, "Subscribe", [List("not a channel"), null], 400, "invalid-channel");
                calls.Add(messagePack, "Subscribe", [List("room:a"), "forged"], 400, "invalid-cursor");
                calls.Add(messagePack, "Subscribe", [List("user:bob"), null], 403, "forbidden");
                calls.Add(messagePack, "Unsubscribe", ["room:a"], 400, "invalid-request");
                calls.Add(messagePack, "Publish", ["room:a"], 400, "invalid-request");
                calls.Add(messagePack, "Publish", ["room:a", 5], 400, "invalid-request");
                calls.Add(messagePack, "Publish", ["a b", new Dictionary<string, int> { ["data"] = 1 }], 400, "invalid-channel");
                calls.Add(messagePack, "Publish", [5, new Dictionary<string, int> { ["data"] = 1 }], 400, "invalid-request");
                calls.Add(messagePack, "Publish", ["room:a", new Dictionary<string, int> { ["id"] = 1 }], 400, "invalid-request");
                calls.Add(messagePack, "Publish", ["user:bob", new Dictionary<string, int> { ["data"] = 1 }], 403, "forbidden");
                calls.Add(messagePack, "Signal", ["room:a", new Dictionary<string, int> { ["data"] = 1 }], 400, "invalid-request");
            }

            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(BadCalls), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_call_fails_with_the_problem_and_the_connection_stays(bool messagePack, string method, object?[] arguments, int status, string name)
    {
        await using var hub = await OpenAsync(messagePack);
        await RefusedAsync(hub.Connection.InvokeCoreAsync(method, typeof(object), arguments, TestContext.Current.CancellationToken), status, name);
        Assert.Equal("1", (await PublishAsync(hub, Body("after", 1)))["offset"].ToString());
    }

    [Fact]
    public async Task The_hub_takes_its_token_from_the_address_too()
    {
        using var nobody = new ServerClient(Server.Address, null);
        await using var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(nobody.Address, $"hub?access_token={Alice.Token}"), options =>
            {
                options.SkipNegotiation = true;
                options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
            })
            .Build();
        await connection.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HubConnectionState.Connected, connection.State);
    }

    private static string[] List(string one) => [one];

    private static Dictionary<string, object> Body(string id, object data) => new() { ["data"] = data, ["id"] = id };

    private Task<Dictionary<string, object>> PublishAsync(HubReader hub, Dictionary<string, object> body) =>
        hub.Connection.InvokeAsync<Dictionary<string, object>>("Publish", Channel, body, TestContext.Current.CancellationToken);

    private async Task<HubReader> OpenAsync(bool messagePack)
    {
        var hub = new HubReader(Alice, [], null, messagePack);
        await hub.ConnectAsync();
        return hub;
    }

    private static async Task RefusedAsync(Task call, int status, string name)
    {
        var refused = await Assert.ThrowsAsync<HubException>(() => call);
        using var problem = JsonDocument.Parse(refused.Message);
        AssertProblem(problem.RootElement, status, name);
    }
}
