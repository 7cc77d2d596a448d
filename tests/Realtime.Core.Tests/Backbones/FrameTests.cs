using System.Text;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Publishing;

namespace Realtime.Core.Tests.Backbones;

public sealed class FrameTests
{
    private static readonly ChannelName Room = ChannelName.Parse("room:general");
    private static readonly DateTimeOffset Time = new(2026, 1, 5, 8, 0, 0, 123, TimeSpan.Zero);
    private static readonly Guid Sender = Guid.Parse("0e0b8f0e-7d39-4d6e-9d52-0a1c9a3f1f11");

    [Fact]
    public void Messages_arrive_as_they_were_sent()
    {
        var messages = new[] { Message(7, "\"héllo\""), Message(8, "{\"n\":1}") };
        var state = new ChannelState(new Epoch(0xfedcba98), 3, 8);
        var writer = new FrameWriter();
        Assert.Equal(2, MessageFrame.Write(writer, new ChannelBatch(Room, state, messages), 0));

        var body = Open(Seal(writer, FrameKind.Messages, shard: 5, sequence: 42), out var header);

        Assert.Equal(new FrameHeader(FrameKind.Messages, 5, Sender, 42), header);
        var (channel, read, first) = MessageFrame.Read(ref body, out var block);
        Assert.True(body.IsAtEnd);
        Assert.Equal((Room, state, 7L), (channel, read, first));
        Assert.Equal(messages.Select(Text), MessageFrame.ReadBlock(channel, first, block).Select(Text));
    }

    [Fact]
    public void A_commit_larger_than_a_frame_is_cut_between_messages()
    {
        var large = $"\"{new string('x', 400_000)}\"";
        var batch = new ChannelBatch(Room, new ChannelState(new Epoch(1), 1, 5), [.. Enumerable.Range(1, 5).Select(offset => Message(offset, large))]);

        Assert.Equal(3, MessageFrame.Write(new FrameWriter(), batch, 0));
        Assert.Equal(5, MessageFrame.Write(new FrameWriter(), batch, 3));
    }

    [Fact]
    public void A_signal_keeps_nothing_of_the_frame()
    {
        var draft = new MessageDraft(Room, "id", "typing", "zoë", Time, "{}"u8.ToArray());
        var writer = new FrameWriter();
        MessageFrame.WriteSignal(writer, draft);
        var frame = Seal(writer, FrameKind.Signal, 0, 1);
        var body = Open(frame, out _);

        var read = MessageFrame.ReadSignal(ref body);
        Array.Clear(frame);

        Assert.Equal(draft with { Data = default }, read with { Data = default });
        Assert.Equal("{}", Encoding.UTF8.GetString(read.Data.Span));
    }

    [Fact]
    public void What_was_damaged_or_belongs_to_others_is_no_frame()
    {
        var writer = new FrameWriter();
        writer.WriteText("body");
        var frame = Seal(writer, FrameKind.Status, 64, 1);
        Assert.True(FrameHeader.TryOpen(frame, out _, out _));

        for (var i = 0; i < frame.Length; i++)
        {
            var damaged = frame.ToArray();
            damaged[i] ^= 0x10;
            Assert.False(FrameHeader.TryOpen(damaged, out _, out _), $"byte {i}");
            Assert.False(FrameHeader.TryOpen(frame.AsMemory(0, i), out _, out _), $"length {i}");
        }

        Assert.False(FrameHeader.TryOpen(Encoding.UTF8.GetBytes("""{"hello":"from another program, and long enough to be a frame"}"""), out _, out _));
    }

    [Fact]
    public void A_body_that_ends_early_or_announces_too_much_is_a_format_error()
    {
        Assert.Throws<FormatException>(() => new FrameReader(new byte[] { 5, 1 }).ReadBytes());
        Assert.Throws<FormatException>(() => new FrameReader(new byte[] { 0x80 }).ReadNumber());
        Assert.Throws<FormatException>(() => new FrameReader(Enumerable.Repeat((byte)0xff, 12).ToArray()).ReadNumber());
        Assert.Throws<FormatException>(() => new FrameReader(new byte[] { 9 }).ReadCount(8));
        Assert.Throws<FormatException>(() => new FrameReader(new byte[3]).ReadUInt32());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(long.MaxValue)]
    public void Numbers_are_read_back(long number)
    {
        var writer = new FrameWriter();
        writer.WriteNumber(number);
        Assert.Equal(number, new FrameReader(writer.Body.ToArray()).ReadNumber());
    }

    private static Message Message(long offset, string data) =>
        Realtime.Channels.Message.Create(new MessageDraft(Room, $"id-{offset}", "chat", "zoë", Time.AddMilliseconds(offset), Encoding.UTF8.GetBytes(data)), offset);

    private static string Text(Message message) => Encoding.UTF8.GetString(message.Json.Span);

    private static byte[] Seal(FrameWriter writer, FrameKind kind, int shard, long sequence)
    {
        var frame = writer.Finish();
        new FrameHeader(kind, shard, Sender, sequence).Seal(frame.Span);
        return frame.ToArray();
    }

    private static FrameReader Open(byte[] frame, out FrameHeader header)
    {
        Assert.True(FrameHeader.TryOpen(frame, out header, out var body));
        return new FrameReader(body);
    }
}
