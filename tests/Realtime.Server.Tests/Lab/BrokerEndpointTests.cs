using System.Net.WebSockets;
using System.Text.Json;
using Realtime.Lab.Broker;
using Realtime.Server.Tests.Protocol;
using Realtime.Testing.Clients;
using Realtime.Testing.Fakes;
using Realtime.Testing.Services;

namespace Realtime.Server.Tests.Lab;

/// <summary>The experiment between nodes, where it can be run and where it can't.</summary>
public sealed class BrokerEndpointTests(SharedServer server) : ProtocolTest(server)
{
    private const string Nowhere = "amqp://127.0.0.1:1/";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("api/lab/broker")]
    [InlineData("api/lab/broker/run")]
    public async Task Without_a_broker_there_is_none_and_the_answer_says_what_is_missing(string address)
    {
        var problem = await RefusedAsync(await Alice.GetAsync(address), 404, "not-found");
        Assert.Contains("Realtime:Lab:RabbitMq", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_demo_mode_there_is_none_even_with_a_broker()
    {
        await using var other = TestServer.Start(("Realtime:Auth:Mode", "jwt"), ("Realtime:Auth:HmacKey", new string('k', 32)), ("Realtime:Lab:RabbitMq", Nowhere));
        using var nobody = new ServerClient(other.Address, null);
        var problem = await RefusedAsync(await nobody.GetAsync("api/lab/broker"), 404, "not-found");
        Assert.Contains("demo mode", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_known_runs_nothing_and_plain_requests_are_told_what_they_lack()
    {
        await using var other = TestServer.Start(("Realtime:Lab:RabbitMq", Nowhere));
        using var nobody = new ServerClient(other.Address, null);
        using var alice = await ServerClient.SignInAsync(other.Address);

        await RefusedAsync(await nobody.GetAsync("api/lab/broker"), 401, "unauthenticated");
        await RefusedAsync(await alice.GetAsync("api/lab/broker/run"), 400, "invalid-request");
        using var description = await alice.GetAsync("api/lab/broker");
        var json = await ServerClient.JsonAsync(description);
        Assert.Equal(BrokerMode.All.Select(mode => mode.Name), json.GetProperty("modes").EnumerateArray().Select(mode => mode.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("""{"rate":1000000}""", "rate must be 10 to 5,000.")]
    [InlineData("""{"mode":"kafka"}""", "mode must be one of")]
    [InlineData("fast please", "The first message must be the settings")]
    public async Task Settings_that_can_t_be_run_are_refused_in_a_sentence(string settings, string reason)
    {
        await using var other = TestServer.Start(("Realtime:Lab:RabbitMq", Nowhere));
        using var socket = await ConnectAsync(other.Address);
        await SendAsync(socket, settings);
        Assert.StartsWith(reason, (await ReceiveAsync(socket))?.Problem, StringComparison.Ordinal);
        Assert.Null(await ReceiveAsync(socket));
    }

    [Fact]
    public async Task One_run_at_a_time_and_it_ends_when_its_client_leaves()
    {
        await using var other = TestServer.Start(("Realtime:Lab:RabbitMq", TestServices.RabbitMq));
        using var first = await ConnectAsync(other.Address);
        await SendAsync(first, """{"rate":100}""");
        Assert.NotNull((await ReceiveAsync(first))?.Sample);

        using var second = await ConnectAsync(other.Address);
        Assert.Contains("one at a time", (await ReceiveAsync(second))?.Problem, StringComparison.Ordinal);
        first.Abort();

        using var alice = await ServerClient.SignInAsync(other.Address);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await ServerClient.JsonAsync(await alice.GetAsync("api/lab/broker"))).GetProperty("running").GetBoolean())
            deadline.Token.ThrowIfCancellationRequested();
    }

    [Theory]
    [InlineData("push-10")]
    [InlineData("stream")]
    public async Task A_run_over_RabbitMQ_gives_samples_and_a_valid_result(string mode)
    {
        await using var other = TestServer.Start(("Realtime:Lab:RabbitMq", TestServices.RabbitMq));
        using var socket = await ConnectAsync(other.Address);
        await SendAsync(socket, JsonSerializer.Serialize(
            new BrokerSettings { Mode = mode, Rate = 100, NormalSeconds = 1, SlowSeconds = 2, RecoverySeconds = 1 }, BrokerEvent.Json));

        var (samples, result) = (0, (BrokerResult?)null);
        while (await ReceiveAsync(socket) is { } message)
        {
            Assert.Null(message.Problem);
            samples += message.Sample is null ? 0 : 1;
            result = message.Result ?? result;
        }

        Assert.True(samples > 8, $"{samples} samples");
        Assert.True(result?.IsValid, string.Join("; ", result?.Checks.Select(check => $"{check.Outcome} {check.Name}: {check.Detail}") ?? []));
        Assert.True(result!.Of(BrokerPhase.Slow)!.SlowLagMax > result.Of(BrokerPhase.Normal)!.SlowLagMax, "the slow node was not behind");
    }

    private static async Task<ClientWebSocket> ConnectAsync(Uri address)
    {
        using var alice = await ServerClient.SignInAsync(address);
        using var answer = await alice.PostAsync("api/tickets", "{}");
        var ticket = (await ServerClient.JsonAsync(answer)).GetProperty("ticket").GetString()!;
        var socket = new ClientWebSocket();
        var url = new UriBuilder(new Uri(address, "api/lab/broker/run")) { Scheme = Uri.UriSchemeWs, Query = $"ticket={Uri.EscapeDataString(ticket)}" }.Uri;
        await socket.ConnectAsync(url, Cancelled);
        return socket;
    }

    private static async Task SendAsync(ClientWebSocket socket, string text) =>
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, Cancelled);

    /// <returns>Null when the server closes.</returns>
    private static async Task<BrokerEvent?> ReceiveAsync(ClientWebSocket socket)
    {
        using var text = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), Cancelled).AsTask().Within("a message of the run");
            if (received.MessageType == WebSocketMessageType.Close)
                return null;
            text.Write(buffer, 0, received.Count);
            if (received.EndOfMessage)
                return JsonSerializer.Deserialize<BrokerEvent>(text.ToArray(), BrokerEvent.Json);
        }
    }
}
