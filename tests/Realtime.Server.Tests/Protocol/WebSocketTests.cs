using System.Net.WebSockets;
using System.Text;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>The plain WebSocket, frame by frame.</summary>
public sealed class WebSocketTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task A_publish_is_acknowledged_with_its_ref()
    {
        await using var reader = await OpenAsync();
        await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":{"n":1},"id":"x","type":"t"},"ref":7}""");
        var ack = await AnswerAsync(reader, 7, isError: false);
        Assert.Equal((Channel, 1L, "x"), (ack.Body.GetProperty("channel").GetString(), ack.Body.GetProperty("offset").GetInt64(), ack.Body.GetProperty("id").GetString()));
        Assert.NotEmpty(ack.Body.GetProperty("epoch").GetString()!);
        await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":{"n":1},"id":"x","type":"t"},"ref":8}""");
        Assert.Equal(ack.Body.GetProperty("time").GetString(), (await AnswerAsync(reader, 8, isError: false)).Body.GetProperty("time").GetString());
        await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":2,"id":"x"},"ref":9}""");
        AssertProblem((await AnswerAsync(reader, 9, isError: true)).Body, 409, "id-conflict");
    }

    [Fact]
    public async Task Publishes_without_waiting_are_stored_in_their_order()
    {
        await using var reader = await OpenAsync();
        for (var number = 1; number <= 500; number++)
            await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":{{number}}},"ref":{{number}}}""");
        for (var answers = 0; answers < 500; answers++)
        {
            var answer = await reader.NextAsync<AnswerEvent>($"answer {answers} of 500");
            Assert.Equal(answer.Reference, answer.Body.GetProperty("offset").GetInt32());
        }
    }

    [Fact]
    public async Task Channels_come_and_go_while_connected()
    {
        await using var reader = await OpenAsync();
        await Alice.PublishAsync(Channel, "1");
        await reader.SubscribeAsync(1, [Channel], "earliest");
        Assert.NotEmpty((await AnswerAsync(reader, 1, isError: false)).Body.GetProperty("cursor").GetString()!);
        await reader.TakeAsync(1);

        await reader.SubscribeAsync(2, [Channel + ".b"]);
        await AnswerAsync(reader, 2, isError: false);
        await Alice.PublishAsync(Channel + ".b", "1");
        await Alice.PublishAsync(Channel, "2");
        Assert.Equal([Channel, Channel + ".b"], (await reader.TakeAsync(2)).Select(message => message.Channel).Order());

        await reader.UnsubscribeAsync(3, [Channel]);
        await AnswerAsync(reader, 3, isError: false);
        await Alice.PublishAsync(Channel, "3");
        await Alice.PublishAsync(Channel + ".b", "2");
        Assert.Equal(Channel + ".b", Assert.Single(await reader.TakeAsync(1)).Channel);
    }

    [Fact]
    public async Task A_connection_without_channels_begins_with_the_cursor_of_none()
    {
        await using var reader = new WebSocketReader(Alice, [], null);
        await reader.ConnectAsync();
        var first = await reader.NextAsync<BatchEvent>("first cursor");
        Assert.Empty(first.Messages);
        Assert.NotEmpty(first.Cursor);
        Assert.IsType<PingEvent>(await reader.NextAsync("ping"));
    }

    [Fact]
    public async Task A_signal_is_sent_and_reaches_the_sender_too()
    {
        await using var reader = await OpenAsync(Channel);
        await reader.SendAsync($$"""{"signal":{"channel":"{{Channel}}","type":"typing","data":[1]} }""");
        var signal = (await reader.NextAsync<SignalEvent>("signal")).Signal;
        Assert.Equal(("typing", "alice", null), (signal.Type, signal.User, signal.Offset));
    }

    public static TheoryData<string, int, string> BadFrames => new()
    {
        { "{", 400, "invalid-request" },
        { "[]", 400, "invalid-request" },
        { "17", 400, "invalid-request" },
        { "", 400, "invalid-request" },
        { "{}", 400, "invalid-request" },
        { """{"unknown":{}}""", 400, "invalid-request" },
        { """{"publish":5}""", 400, "invalid-request" },
        { """{"publish":{"data":1}}""", 400, "invalid-channel" },
        { """{"publish":{"channel":5,"data":1}}""", 400, "invalid-request" },
        { """{"publish":{"channel":"a b","data":1}}""", 400, "invalid-channel" },
        { """{"publish":{"channel":"CHANNEL"}}""", 400, "invalid-request" },
        { """{"publish":{"channel":"CHANNEL","data":"\ud800"}}""", 400, "invalid-request" },
        { """{"publish":{"channel":"user:bob","data":1}}""", 403, "forbidden" },
        { """{"signal":{"channel":"CHANNEL"}}""", 400, "invalid-request" },
        { """{"subscribe":{"channels":"a"}}""", 400, "invalid-request" },
        { """{"subscribe":{"channels":["user:bob"]}}""", 403, "forbidden" },
        { """{"subscribe":{"channels":["a"],"cursor":"x"}}""", 400, "invalid-cursor" },
        { """{"subscribe":{"channels":["a"],"cursor":7}}""", 400, "invalid-request" },
        { """{"unsubscribe":{"channels":[1]}}""", 400, "invalid-request" },
        { """{"\ud800":1}""", 400, "invalid-request" },
    };

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task A_bad_frame_gets_an_error_and_the_connection_stays(string frame, int status, string name)
    {
        await using var reader = await OpenAsync();
        await reader.SendAsync(frame.Replace("CHANNEL", Channel, StringComparison.Ordinal));
        var error = await reader.NextAsync<AnswerEvent>("error");
        Assert.True(error.IsError);
        AssertProblem(error.Body, status, name);
        await StillWorksAsync(reader);
        Assert.Equal(1, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task An_error_carries_the_ref_of_its_frame()
    {
        await using var reader = await OpenAsync();
        await reader.SendAsync("""{"ref":12,"publish":{"channel":"user:bob","data":1}}""");
        AssertProblem((await AnswerAsync(reader, 12, isError: true)).Body, 403, "forbidden");
        await reader.SendAsync("""{"ref":13,"what":1}""");
        AssertProblem((await AnswerAsync(reader, 13, isError: true)).Body, 400, "invalid-request");
    }

    [Fact]
    public async Task A_binary_frame_gets_an_error_and_the_connection_stays()
    {
        await using var reader = await OpenAsync();
        await reader.SendAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.True((await reader.NextAsync<AnswerEvent>("error")).IsError);
        await StillWorksAsync(reader);
    }

    [Fact]
    public async Task Data_above_the_limit_gets_an_error_and_the_connection_stays()
    {
        await using var reader = await OpenAsync();
        await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":"{{new string('x', 65_535)}}"},"ref":1}""");
        AssertProblem((await AnswerAsync(reader, 1, isError: true)).Body, 413, "too-large");
        await StillWorksAsync(reader);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task A_frame_above_the_limit_closes_with_1009(int size)
    {
        await using var reader = await OpenAsync();
        try
        {
            await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":"{{new string('x', size)}}"} }""");
        }
        catch (WebSocketException)
        {
            // The server closes before it has read a frame of this size; what it said can be read all the same.
        }

        Assert.Equal(1009, (await reader.NextAsync<ClosedEvent>("close")).Code);
        Assert.Equal(0, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task A_frame_in_pieces_is_one_frame()
    {
        await using var reader = await OpenAsync();
        var frame = Encoding.UTF8.GetBytes($$"""{"publish":{"channel":"{{Channel}}","data":"é😀"},"ref":1}""");
        for (var i = 0; i < frame.Length; i++)
            await reader.Socket.SendAsync(frame.AsMemory(i, 1), WebSocketMessageType.Text, i == frame.Length - 1, TestContext.Current.CancellationToken);
        await AnswerAsync(reader, 1, isError: false);
        Assert.Equal("é😀", (await Alice.HistoryAsync(Channel)).GetProperty("messages")[0].GetProperty("data").GetString());
    }

    [Fact]
    public async Task Text_that_is_no_UTF8_ends_the_connection_or_gets_an_error_and_changes_nothing()
    {
        await using var reader = await OpenAsync();
        byte[] frame = [.. Encoding.UTF8.GetBytes($$"""{"publish":{"channel":"{{Channel}}","data":" """), 0xC3, 0x28, .. "\"}}"u8];
        await reader.SendAsync(frame, WebSocketMessageType.Text);
        // RFC 6455 §8.1 has an endpoint close with 1007.
        ReaderEvent next;
        do
            next = await reader.NextAsync("error or close");
        while (next is PingEvent);
        Assert.True(next is AnswerEvent { IsError: true } or ClosedEvent { Code: 1007 }, next.ToString());
        Assert.Equal(0, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task A_ping_of_the_client_is_answered()
    {
        await using var reader = new WebSocketReader(Alice, [Channel], null);
        reader.Socket.Options.KeepAliveInterval = TimeSpan.FromMilliseconds(100);
        reader.Socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(1);
        await reader.OpenAsync();
        // Pings of the server's own come every second; without pongs the client would have given up between them.
        for (var ping = 0; ping < 4; ping++)
            Assert.IsType<PingEvent>(await reader.NextAsync("ping"));
    }

    [Fact]
    public async Task A_close_is_answered()
    {
        await using var reader = await OpenAsync();
        await reader.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(1000, (await reader.NextAsync<ClosedEvent>("close")).Code);
    }

    [Fact]
    public async Task More_channels_than_allowed_are_refused_while_connected()
    {
        await using var reader = await OpenAsync(Channel);
        var more = Enumerable.Range(0, 256).Select(number => $"{Channel}.{number}").ToList();
        await reader.SubscribeAsync(1, more);
        AssertProblem((await AnswerAsync(reader, 1, isError: true)).Body, 400, "invalid-request");
        await reader.SubscribeAsync(2, more[1..]);
        await AnswerAsync(reader, 2, isError: false);
    }

    [Fact]
    public async Task A_request_that_is_no_upgrade_is_refused() =>
        await RefusedAsync(await Alice.GetAsync($"api/ws?channels={Channel}"), 400, "invalid-request");

    private async Task<WebSocketReader> OpenAsync(params string[] channels)
    {
        var reader = new WebSocketReader(Alice, channels, null);
        await reader.OpenAsync();
        return reader;
    }

    private async Task StillWorksAsync(WebSocketReader reader)
    {
        await reader.SendAsync($$"""{"publish":{"channel":"{{Channel}}","data":1},"ref":99}""");
        await AnswerAsync(reader, 99, isError: false);
    }

    private static async Task<AnswerEvent> AnswerAsync(WebSocketReader reader, int reference, bool isError)
    {
        var answer = await reader.NextAsync<AnswerEvent>($"answer to {reference}");
        Assert.True(answer.Reference == reference && answer.IsError == isError, answer.Body.GetRawText());
        return answer;
    }
}
