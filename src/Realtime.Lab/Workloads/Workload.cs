using System.Text.Encodings.Web;
using System.Text.Json;

namespace Realtime.Lab.Workloads;

/// <summary>What is published in a run: the same messages at the same times for every transport.</summary>
/// <param name="Description">Where it comes from, for people.</param>
/// <param name="Channels">The channels' names, without namespace.</param>
/// <param name="Messages">In the order in which they are due.</param>
public sealed record Workload(string Description, IReadOnlyList<string> Channels, IReadOnlyList<WorkloadMessage> Messages)
{
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>When the last message is due.</summary>
    public TimeSpan Duration => Messages.Count == 0 ? TimeSpan.Zero : Messages[^1].Due;

    /// <summary>Messages in a second, on average.</summary>
    public double Rate => Duration > TimeSpan.Zero ? Messages.Count / Duration.TotalSeconds : Messages.Count;

    /// <summary>The beginning of this workload, up to the given time.</summary>
    public Workload Take(TimeSpan duration) => this with { Messages = [.. Messages.TakeWhile(message => message.Due <= duration)] };

    /// <summary>The first messages of this workload.</summary>
    public Workload Take(int messages) => this with { Messages = [.. Messages.Take(messages)] };

    /// <summary>The <see cref="WorkloadMessage.Body"/> of something that somebody said.</summary>
    internal static byte[] Body(string nick, string text) =>
        [.. "\"nick\":"u8, .. Json(nick), .. ",\"text\":"u8, .. Json(text)];

    private static byte[] Json(string text) => [.. "\""u8, .. JsonEncodedText.Encode(text, Encoder).EncodedUtf8Bytes, .. "\""u8];
}
