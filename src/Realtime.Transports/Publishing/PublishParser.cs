using System.Text.Json;
using Realtime.Channels;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Publishing;

/// <summary>Reads what callers publish, the same for HTTP, WebSocket and hub. Every refusal is a <see cref="ProblemException"/>.</summary>
internal sealed class PublishParser(LimitOptions limits)
{
    private static readonly byte[] NullData = "null"u8.ToArray();
    private static readonly string IdRule = $"1–{NameAlphabet.MaxIdLength} characters of A–Z a–z 0–9 . _ : ~ @ -";

    /// <summary>The largest single publish that is read, in bytes.</summary>
    internal int MaxBytes => limits.MaxPublishBytes;

    /// <summary>The largest batch that is read, in bytes.</summary>
    internal int MaxBatchBytes => limits.MaxBatchBytes;

    /// <summary>A message for <paramref name="channel"/> from an object with <c>data</c> and perhaps <c>id</c> and <c>type</c>.</summary>
    internal PublishRequest Message(Caller caller, ChannelName channel, JsonElement body, string? idempotencyKey = null)
    {
        RequirePublish(caller, channel);
        if (!body.RequireObject().TryGetField("data", out var data))
            throw new ProblemException(Problem.InvalidField("data", "present: any JSON value"));
        return new PublishRequest(channel, Id(body, idempotencyKey), Type(body) ?? Channels.Message.DefaultType, caller.User, MessageData.Read(data, limits));
    }

    /// <summary>A signal: <c>type</c>, and perhaps <c>data</c>.</summary>
    internal PublishRequest Signal(Caller caller, ChannelName channel, JsonElement body)
    {
        RequirePublish(caller, channel);
        var type = Type(body.RequireObject()) ?? throw new ProblemException(Problem.InvalidField("type", IdRule));
        // What readers hear under this name is what the server knows.
        if (type == PresenceSignal.Type)
            throw new ProblemException(Problem.InvalidField("type", $"another than '{PresenceSignal.Type}', which the server alone signals"));
        var data = body.TryGetField("data", out var value) ? MessageData.Read(value, limits) : NullData;
        return new PublishRequest(channel, Id: null, type, caller.User, data);
    }

    /// <summary>A channel's name.</summary>
    internal static ChannelName Channel(string field, string? text) =>
        ChannelName.TryParse(text, out var channel) ? channel : throw new ProblemException(Problem.InvalidChannel(field, text));

    private static void RequirePublish(Caller caller, ChannelName channel)
    {
        if (!caller.MayPublish(channel))
            throw new ProblemException(Problem.Forbidden($"You may not publish in {channel}."));
    }

    private static string? Type(JsonElement body) => Text(body.OptionalString("type"), "type");

    private static string? Id(JsonElement body, string? idempotencyKey)
    {
        var id = Text(body.OptionalString("id"), "id");
        var key = Text(idempotencyKey, "Idempotency-Key");
        if (id is not null && key is not null && id != key)
            throw new ProblemException(Problem.InvalidField("Idempotency-Key", "the same as id where both are sent"));
        return id ?? key;
    }

    private static string? Text(string? text, string field) =>
        text is null || NameAlphabet.IsId(text) ? text : throw new ProblemException(Problem.InvalidField(field, IdRule));
}
