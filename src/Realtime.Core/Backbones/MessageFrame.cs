using Realtime.Channels;
using Realtime.Publishing;

namespace Realtime.Backbones;

/// <summary>The bodies of frames that carry messages and signals.</summary>
internal static class MessageFrame
{
    /// <summary>Above it a commit is carried in several frames, so that no broker and no node has to hold a very large one.</summary>
    internal const int MaxBodyBytes = 1 << 20;

    /// <summary>More messages than any frame holds.</summary>
    private const int MaxCount = 1 << 20;

    /// <summary>Writes messages <paramref name="from"/> and on of a batch, up to the bound on a frame, at least one.</summary>
    /// <returns>The index of the first that did not fit.</returns>
    internal static int Write(FrameWriter frame, ChannelBatch batch, int from)
    {
        var end = from;
        for (var bytes = frame.BodyLength; end < batch.Messages.Count && (end == from || bytes < MaxBodyBytes); end++)
            bytes += batch.Messages[end].Json.Length;

        frame.WriteText(batch.Channel.Value);
        frame.WriteUInt32(batch.State.Epoch.Value);
        frame.WriteNumber(batch.State.First);
        frame.WriteNumber(batch.State.Head);
        frame.WriteNumber(batch.Messages[from].Offset);
        // The messages in a block of their own, which a node without the channel steps over.
        var block = new FrameWriter();
        block.WriteNumber(end - from);
        for (var i = from; i < end; i++)
        {
            var message = batch.Messages[i];
            block.WriteText(message.Id);
            block.WriteText(message.Type);
            block.WriteText(message.User);
            block.WriteNumber(message.Time.ToUnixTimeMilliseconds());
            block.WriteBytes(message.Data.Span);
        }

        frame.WriteBytes(block.Body);
        return end;
    }

    /// <summary>Reads one channel's part of a frame; <paramref name="block"/> holds its messages.</summary>
    internal static (ChannelName Channel, ChannelState State, long First) Read(ref FrameReader frame, out ReadOnlyMemory<byte> block)
    {
        var channel = ReadChannel(ref frame);
        var state = new ChannelState(new Epoch(frame.ReadUInt32()), frame.ReadNumber(), frame.ReadNumber());
        var first = frame.ReadNumber();
        block = frame.ReadBytes();
        return (channel, state, first);
    }

    /// <summary>Reads the messages of a block. Nothing of the frame is kept.</summary>
    internal static Message[] ReadBlock(ChannelName channel, long first, ReadOnlyMemory<byte> block)
    {
        var reader = new FrameReader(block);
        var messages = new Message[reader.ReadCount(MaxCount)];
        for (var i = 0; i < messages.Length; i++)
            messages[i] = Message.Create(ReadDraft(ref reader, channel), first + i);
        return messages;
    }

    internal static void WriteSignal(FrameWriter frame, MessageDraft signal)
    {
        frame.WriteText(signal.Channel.Value);
        frame.WriteText(signal.Id);
        frame.WriteText(signal.Type);
        frame.WriteText(signal.User);
        frame.WriteNumber(signal.Time.ToUnixTimeMilliseconds());
        frame.WriteBytes(signal.Data.Span);
    }

    /// <summary>Reads a signal. Nothing of the frame is kept.</summary>
    internal static MessageDraft ReadSignal(ref FrameReader frame)
    {
        var draft = ReadDraft(ref frame, ReadChannel(ref frame));
        return draft with { Data = draft.Data.ToArray() };
    }

    internal static ChannelName ReadChannel(ref FrameReader frame) =>
        ChannelName.TryParse(frame.ReadText(), out var channel) ? channel : throw new FormatException("A frame names no valid channel.");

    private static MessageDraft ReadDraft(ref FrameReader reader, ChannelName channel) => new(
        channel, reader.ReadText(), reader.ReadText(), reader.ReadText(), DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadNumber()), reader.ReadBytes());
}
