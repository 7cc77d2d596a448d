using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    /// <summary>The fact of the transports with pings of the protocol's own: the plain WebSocket and SSE.</summary>
    protected async Task PingsComeAsOftenAsTheyAreSetToAsync()
    {
        var reader = await OpenAsync(NewChannel());
        for (var ping = 1; ping <= 3; ping++)
            Assert.IsType<PingEvent>(await reader.NextAsync($"ping {ping}"));
    }

    [Fact]
    public async Task A_connection_ends_with_the_token_behind_it()
    {
        // The 30 s by which clocks may differ are nearly over.
        using var guest = new ServerClient(Server.Address, TestToken.Create("guest", TimeSpan.FromSeconds(-26)));
        var channel = NewChannel();
        var reader = await OpenAsync(kind, guest, [channel], null);
        await Alice.PublishAsync(channel, "1");
        await reader.TakeAsync(1);

        var closed = await reader.NextAsync<ClosedEvent>("end of the connection");
        if (kind == ReaderKind.WebSocket)
            Assert.Equal(1001, closed.Code);
        Assert.Equal(401, await RefusalAsync(TestReader.Create(kind, guest, [channel])));
    }

    [Fact]
    public async Task A_reader_without_a_token_is_refused()
    {
        using var nobody = new ServerClient(Server.Address, null);
        Assert.Equal(401, await RefusalAsync(TestReader.Create(kind, nobody, [NewChannel()])));
    }

    [Fact]
    public async Task A_channel_that_the_user_may_not_read_is_refused() =>
        Assert.Equal(403, await RefusalAsync(TestReader.Create(kind, Alice, [NewChannel(), "user:bob"])));

    [Theory]
    [InlineData("no-cursor-at-all")]
    [InlineData("AAAA")]
    [InlineData("earliest ")]
    public async Task A_forged_cursor_is_refused(string cursor) =>
        Assert.Equal(400, await RefusalAsync(TestReader.Create(kind, Alice, [NewChannel()], Uri.EscapeDataString(cursor))));

    [Fact]
    public async Task A_cut_or_changed_cursor_is_refused()
    {
        var channel = NewChannel();
        await Alice.PublishRangeAsync(channel, 1, 3);
        var cursor = (await OpenAsync(channel)).Cursor!;
        var changed = (cursor[5] == 'A' ? 'B' : 'A') + cursor[6..];
        foreach (var bad in new[] { cursor[..^1], cursor[..(cursor.Length / 2)], cursor[1..], cursor + "A", cursor[..5] + changed })
            Assert.Equal(400, await RefusalAsync(TestReader.Create(kind, Alice, [channel], bad)));
    }

    [Fact]
    public async Task As_many_channels_as_allowed_can_be_read_whatever_their_names()
    {
        var channels = Enumerable.Range(0, 256).Select(_ => $"room:{Guid.NewGuid():N}".PadRight(128, 'x')).ToArray();
        var reader = await OpenAsync(channels);
        foreach (var channel in new[] { channels[0], channels[100], channels[255] })
            await Alice.PublishAsync(channel, "1");
        var messages = await reader.TakeAsync(3);
        Assert.Equal(3, messages.DistinctBy(message => message.Channel).Count());
        Assert.InRange(reader.Cursor!.Length, 1, 6 * 1024);
        reader.Cut();

        await Alice.PublishAsync(channels[100], "2");
        AssertOffsets(2, await (await OpenAsync(channels, reader.Cursor)).TakeAsync(1));
    }

    [Fact]
    public async Task One_channel_more_than_allowed_is_refused() =>
        Assert.Equal(400, await RefusalAsync(TestReader.Create(kind, Alice, [.. Enumerable.Range(0, 257).Select(_ => NewChannel())])));

    /// <summary>The status of the problem that a reader is refused with.</summary>
    private async Task<int?> RefusalAsync(TestReader reader)
    {
        Keep(reader);
        try
        {
            await Deadline.WithinAsync(reader.ConnectAsync(), "answer");
            var answer = await reader.NextAsync<AnswerEvent>("refusal");
            return answer.IsError ? answer.Body.GetProperty("status").GetInt32() : null;
        }
        catch (HttpRequestException refused)
        {
            return (int?)refused.StatusCode;
        }
        catch (HubException refused)
        {
            using var problem = JsonDocument.Parse(refused.Message);
            return problem.RootElement.GetProperty("status").GetInt32();
        }
        catch (WebSocketException refused)
        {
            return (int)Enum.GetValues<HttpStatusCode>().First(status => status != HttpStatusCode.SwitchingProtocols && refused.Message.Contains($"'{(int)status}'", StringComparison.Ordinal));
        }
    }
}
