using System.Text;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Messages as the server holds them.</summary>
internal static class MessageRow
{
    internal static byte[] Bytes(string user) => Encoding.UTF8.GetBytes(user);

    internal static Message Create(ChannelName channel, long offset, long time, string id, string type, byte[] user, byte[] data) => Message.Create(
        new MessageDraft(
            channel,
            id,
            type == Message.DefaultType ? Message.DefaultType : type,
            Encoding.UTF8.GetString(user),
            DateTimeOffset.FromUnixTimeMilliseconds(time),
            data),
        offset);
}
