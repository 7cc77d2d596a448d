using System.Text.Json;
using Realtime.Channels;

namespace Realtime.Transports.Reading;

/// <summary>Gaps as JSON.</summary>
internal static class GapJson
{
    internal static string ReasonText(Gap gap) => gap.Reason == GapReason.Epoch ? "epoch" : "trimmed";

    internal static void Write(Utf8JsonWriter json, Gap gap)
    {
        json.WriteStartObject();
        json.WriteString("channel"u8, gap.Channel.Value);
        json.WriteString("epoch"u8, gap.Epoch.ToString());
        json.WriteNumber("requested"u8, gap.Requested);
        json.WriteNumber("first"u8, gap.First);
        json.WriteNumber("head"u8, gap.Head);
        json.WriteString("reason"u8, ReasonText(gap));
        json.WriteEndObject();
    }

    internal static byte[] Encode(Gap gap)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, gap);
        return buffer.ToArray();
    }
}
