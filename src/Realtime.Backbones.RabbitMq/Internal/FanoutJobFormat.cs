using System.Text.Json;
using System.Text.Json.Serialization;
using Realtime.Feeds;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Jobs as they stand in the queue: JSON, so that an operator can read them, and with names of its own, so that nodes of two versions can share it.</summary>
internal static class FanoutJobFormat
{
    internal static byte[] Write(FanoutJob job) => JsonSerializer.SerializeToUtf8Bytes(
        new FanoutMessage(
            job.Post.Author, job.Post.Offset, job.Post.Position.Time, job.Post.Position.Id, job.Pass == FanoutPass.Active ? FanoutMessage.Active : FanoutMessage.Recent, job.After),
        FanoutJson.Default.FanoutMessage);

    /// <exception cref="JsonException">It is no job.</exception>
    internal static FanoutJob Read(ReadOnlySpan<byte> body)
    {
        var message = JsonSerializer.Deserialize(body, FanoutJson.Default.FanoutMessage);
        if (message is not { Author.Length: > 0, Id.Length: > 0, Offset: > 0, After: >= 0, Pass: FanoutMessage.Recent or FanoutMessage.Active })
            throw new JsonException("A value is missing or out of range.");
        return new FanoutJob(
            new PostRef(message.Offset, new PostPosition(message.Time, message.Id, message.Author)),
            message.Pass == FanoutMessage.Active ? FanoutPass.Active : FanoutPass.Recent,
            message.After);
    }
}

/// <summary>A job in the queue.</summary>
internal sealed record FanoutMessage(string? Author, long Offset, long Time, string? Id, string? Pass, long After)
{
    internal const string Recent = "recent";
    internal const string Active = "active";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FanoutMessage))]
internal sealed partial class FanoutJson : JsonSerializerContext;
