using Realtime.Backbones;
using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>What a part of a presence frame says.</summary>
internal enum PresencePart
{
    /// <summary>"Tell what you hold in this channel."</summary>
    Request = 1,

    /// <summary>What changed since the version before.</summary>
    Delta = 2,

    /// <summary>All that the sender holds, or one part of it.</summary>
    Snapshot = 3,

    /// <summary>"I am at this version": renews the lease.</summary>
    Renewal = 4,
}

/// <summary>The head of a part; what its records are stands in a block of its own, which a node without the channel steps over.</summary>
/// <param name="Part">What it says.</param>
/// <param name="Channel">Of which channel.</param>
/// <param name="Version">The sender's version after it. Versions of one sender only grow, over all its channels.</param>
/// <param name="Before">For a delta: the version that it changes; <see cref="PresenceFrame.Nothing"/> when the sender held nothing before.</param>
/// <param name="Index">For a snapshot: the number of the part, from 0.</param>
/// <param name="IsLast">For a snapshot: whether no part follows.</param>
/// <param name="Target">For a request: the node that is asked; empty for all.</param>
/// <param name="Records">Of a delta or snapshot.</param>
internal readonly record struct PresenceHead(
    PresencePart Part, ChannelName Channel, long Version, long Before, int Index, bool IsLast, Guid Target, ReadOnlyMemory<byte> Records);

/// <summary>The bodies of presence frames: one part after the other.</summary>
internal static class PresenceFrame
{
    /// <summary>The version of a sender that held nothing.</summary>
    internal const long Nothing = 0;

    /// <summary>Records of one part: about as many as fit in <see cref="MaxBodyBytes"/>.</summary>
    internal const int MaxRecords = 1_000;

    /// <summary>Above it a frame is sent and the next begun.</summary>
    internal const int MaxBodyBytes = 32 * 1024;

    private const int GuidLength = 16;

    internal static void WriteRequest(FrameWriter frame, ChannelName channel, Guid target)
    {
        WriteHead(frame, PresencePart.Request, channel);
        Span<byte> bytes = stackalloc byte[GuidLength];
        target.TryWriteBytes(bytes);
        frame.WriteBytes(bytes);
    }

    internal static void WriteDelta(FrameWriter frame, ChannelName channel, long before, long version, ReadOnlySpan<PresenceRecord> records)
    {
        WriteHead(frame, PresencePart.Delta, channel);
        frame.WriteNumber(version);
        frame.WriteNumber(before);
        WriteRecords(frame, records);
    }

    internal static void WriteSnapshot(FrameWriter frame, ChannelName channel, long version, int index, bool isLast, ReadOnlySpan<PresenceRecord> records)
    {
        WriteHead(frame, PresencePart.Snapshot, channel);
        frame.WriteNumber(version);
        frame.WriteNumber(index);
        frame.WriteNumber(isLast ? 1 : 0);
        WriteRecords(frame, records);
    }

    internal static void WriteRenewal(FrameWriter frame, ChannelName channel, long version)
    {
        WriteHead(frame, PresencePart.Renewal, channel);
        frame.WriteNumber(version);
    }

    /// <summary>Reads the next part.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static PresenceHead Read(ref FrameReader frame)
    {
        var part = (PresencePart)frame.ReadNumber();
        var channel = MessageFrame.ReadChannel(ref frame);
        switch (part)
        {
            case PresencePart.Request:
                var target = frame.ReadBytes();
                return target.Length == GuidLength
                    ? new PresenceHead(part, channel, 0, 0, 0, false, new Guid(target.Span), default)
                    : throw new FormatException("A presence request names no node.");
            case PresencePart.Delta:
                return new PresenceHead(part, channel, frame.ReadNumber(), frame.ReadNumber(), 0, false, default, frame.ReadBytes());
            case PresencePart.Snapshot:
                return new PresenceHead(part, channel, frame.ReadNumber(), 0, frame.ReadCount(int.MaxValue), frame.ReadNumber() != 0, default, frame.ReadBytes());
            case PresencePart.Renewal:
                return new PresenceHead(part, channel, frame.ReadNumber(), 0, 0, false, default, default);
            default:
                throw new FormatException($"A presence frame has a part {part}, which is none.");
        }
    }

    internal static PresenceRecord[] ReadRecords(ReadOnlyMemory<byte> block)
    {
        var reader = new FrameReader(block);
        var records = new PresenceRecord[reader.ReadCount(MaxRecords)];
        for (var i = 0; i < records.Length; i++)
        {
            var (user, mask, since) = (reader.ReadText(), reader.ReadNumber(), reader.ReadNumber());
            if (user.Length == 0 || !PresenceTransports.IsMask(mask))
                throw new FormatException("A presence frame holds a user that is none.");
            records[i] = new PresenceRecord(user, (byte)mask, since);
        }

        return records;
    }

    private static void WriteHead(FrameWriter frame, PresencePart part, ChannelName channel)
    {
        frame.WriteNumber((int)part);
        frame.WriteText(channel.Value);
    }

    private static void WriteRecords(FrameWriter frame, ReadOnlySpan<PresenceRecord> records)
    {
        var block = new FrameWriter(records.Length * 24 + 8);
        block.WriteNumber(records.Length);
        foreach (var record in records)
        {
            block.WriteText(record.User);
            block.WriteNumber(record.Mask);
            block.WriteNumber(record.Since);
        }

        frame.WriteBytes(block.Body);
    }
}
