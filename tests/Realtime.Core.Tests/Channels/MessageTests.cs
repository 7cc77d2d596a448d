using System.Text;
using System.Text.Json;
using Realtime.Channels;

namespace Realtime.Core.Tests.Channels;

public sealed class MessageTests
{
    private static readonly ChannelName A = ChannelName.Parse("room:general");
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 8, 0, 0, 123, TimeSpan.Zero);

    [Fact]
    public void A_message_has_the_protocols_shape()
    {
        var message = Message.Create(new MessageDraft(A, "5c0f", "chat", "alice", Time, """{"text":"héllo"}"""u8.ToArray()), 42);

        Assert.Equal(
            """{"channel":"room:general","offset":42,"id":"5c0f","type":"chat","user":"alice","time":"2026-11-23T08:00:00.123Z","data":{"text":"héllo"}}""",
            Encoding.UTF8.GetString(message.Json.Span));
        Assert.Equal("""{"text":"héllo"}""", Encoding.UTF8.GetString(message.Data.Span));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\\u2028\\n\"")]
    [InlineData("-0.0e-10")]
    public void Data_is_carried_as_it_came(string data)
    {
        var message = Message.Create(new MessageDraft(A, "id", "chat", "alice", Time, Encoding.UTF8.GetBytes(data)), 1);

        Assert.Equal(data, Encoding.UTF8.GetString(message.Data.Span));
        Assert.Equal(data, JsonDocument.Parse(message.Json).RootElement.GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("quote\" back\\slash")]
    [InlineData("new\nline\r\u2028")]
    [InlineData("日本語 👩‍👩‍👧‍👦")]
    [InlineData("")]
    public void Any_user_name_is_JSON_on_one_line(string user)
    {
        var message = Message.Create(new MessageDraft(A, "id", "chat", user, Time, "1"u8.ToArray()), 1);

        Assert.Equal(user, JsonDocument.Parse(message.Json).RootElement.GetProperty("user").GetString());
        Assert.Equal(-1, message.Json.Span.IndexOfAny((byte)'\r', (byte)'\n'));
    }

    [Fact]
    public void A_signal_has_no_offset()
    {
        var signal = JsonDocument.Parse(new Signal(new MessageDraft(A, "id", "typing", "alice", Time, "null"u8.ToArray())).Json).RootElement;

        Assert.False(signal.TryGetProperty("offset", out _));
        Assert.Equal("typing", signal.GetProperty("type").GetString());
        Assert.Equal("room:general", signal.GetProperty("channel").GetString());
    }

    [Fact]
    public void Another_encoding_is_made_once()
    {
        var message = Message.Create(new MessageDraft(A, "id", "chat", "alice", Time, "1"u8.ToArray()), 1);
        var made = 0;

        for (var i = 0; i < 3; i++)
            Assert.Equal(1, message.MessagePack(_ => [(byte)++made]).Span[0]);
    }
}
