using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    [Fact]
    public async Task Every_message_comes_once_and_in_order()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        await Alice.PublishRangeAsync(channel, 1, 3000);
        var messages = await reader.TakeAsync(3000);
        AssertOffsets(1, messages);
        Assert.Equal(Enumerable.Range(1, 3000), messages.Select(message => message.Data.GetInt32()));
    }

    [Fact]
    public async Task A_message_has_the_fields_of_its_publish()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        using var answer = await Alice.PostAsync($"api/channels/{channel}/messages", """{"data":{"text":"héllo"},"id":"a.b_c:~@-1","type":"chat"}""");
        var published = await ServerClient.JsonAsync(answer);
        var message = Assert.Single(await reader.TakeAsync(1));
        Assert.Equal(
            (channel, 1L, "a.b_c:~@-1", "chat", "alice", "héllo"),
            (message.Channel, message.Offset, message.Id, message.Type, message.User, message.Data.GetProperty("text").GetString()));
        Assert.Equal(ReceivedMessage.ReadTime(published.GetProperty("time").GetString()!), message.Time);
        Assert.InRange(message.Time, before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_message_without_id_and_type_gets_them_from_the_server()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        var published = await Alice.PublishAsync(channel, "1");
        var message = Assert.Single(await reader.TakeAsync(1));
        Assert.Equal(published.GetProperty("id").GetString(), message.Id);
        Assert.NotEmpty(message.Id);
        Assert.Equal("message", message.Type);
    }

    [Fact]
    public async Task Several_channels_come_each_in_order()
    {
        string[] channels = [NewChannel(), NewChannel(), NewChannel()];
        var reader = await OpenAsync(channels);
        await Task.WhenAll(channels.Select(async channel =>
        {
            for (var number = 1; number <= 50; number++)
                await Alice.PublishAsync(channel, $"{number}");
        }));
        var messages = await reader.TakeAsync(150);
        foreach (var channel in channels)
        {
            var own = messages.Where(message => message.Channel == channel).ToList();
            Assert.Equal(50, own.Count);
            AssertOffsets(1, own);
        }
    }

    [Fact]
    public async Task A_message_published_twice_comes_once()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        await Alice.PublishAsync(channel, "1", id: "same");
        await Alice.PublishAsync(channel, "1", id: "same");
        await Alice.PublishAsync(channel, "2");
        Assert.Equal([1, 2], (await reader.TakeAsync(2)).Select(message => message.Data.GetInt32()));
    }

    [Fact]
    public async Task A_channel_asked_for_twice_is_read_once()
    {
        var channel = NewChannel();
        var reader = await OpenAsync([channel, channel]);
        await Alice.PublishAsync(channel, "1");
        await Alice.PublishAsync(channel, "2");
        AssertOffsets(1, await reader.TakeAsync(2));
    }
}
