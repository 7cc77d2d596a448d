using System.Net.WebSockets;
using System.Text.Json;
using Realtime.Delivery;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.WebSockets;

/// <summary>Does what the frames of one client ask for, and answers each with an <c>ack</c> or an <c>error</c> that carries its <c>ref</c>.</summary>
internal sealed class WebSocketCommands(Session session, Caller caller, Publisher publisher, PublishParser parser, DeliveryOptions options)
{
    /// <summary>Publishes under way for one client; beyond them its frames wait in the network.</summary>
    private const int MaxPublishing = 64;

    private const string Rule = "a JSON object with one of publish, signal, subscribe and unsubscribe";

    private SemaphoreSlim? _publishing;

    /// <summary>Handles one frame. Completes when the next may be handled, which for a publish is before it is durable.</summary>
    internal async ValueTask ExecuteAsync(ReadOnlyMemory<byte> frame, WebSocketMessageType type)
    {
        string? reference = null;
        try
        {
            using var document = Parse(frame, type);
            var root = document.RootElement;
            reference = ReferenceOf(root);
            await ExecuteAsync(root, reference);
        }
        catch (ProblemException refusal)
        {
            WriteError(reference, refusal.Problem);
        }
        catch (RealtimeException)
        {
            WriteError(reference, Problem.StoreUnavailable());
        }
    }

    private async ValueTask ExecuteAsync(JsonElement root, string? reference)
    {
        if (root.TryGetField("publish", out var publish))
        {
            var request = parser.Message(caller, ChannelOf(publish), publish);
            _publishing ??= new SemaphoreSlim(MaxPublishing);
            await _publishing.WaitAsync();
            _ = PublishAsync(request, reference);
        }
        else if (root.TryGetField("signal", out var signal))
        {
            publisher.Signal(parser.Signal(caller, ChannelOf(signal), signal));
            if (reference is not null)
                WriteAck(reference, static _ => { });
        }
        else if (root.TryGetField("subscribe", out var subscribe))
        {
            var channels = ReadRequest.ParseChannels(Channels(subscribe), caller, options);
            var start = ReadRequest.ParseStart(subscribe.OptionalString("cursor"));
            if (!await session.SubscribeAsync(channels, start, cursor => WriteCursor(reference, cursor), CancellationToken.None))
                throw ReadRequest.TooManyChannels(options);
        }
        else if (root.TryGetField("unsubscribe", out var unsubscribe))
        {
            session.Unsubscribe(ReadRequest.ParseChannels(Channels(unsubscribe), caller, options), cursor => WriteCursor(reference, cursor));
        }
        else
        {
            throw new ProblemException(Problem.InvalidRequest($"The frame must be {Rule}."));
        }
    }

    private async Task PublishAsync(PublishRequest request, string? reference)
    {
        try
        {
            var result = await publisher.PublishAsync(request);
            if (PublishAnswer.ProblemOf(request, result) is { } problem)
                WriteError(reference, problem);
            else
                WriteAck(reference, json => PublishAnswer.WriteMembers(json, result));
        }
        finally
        {
            _publishing!.Release();
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> frame, WebSocketMessageType type)
    {
        if (type != WebSocketMessageType.Text)
            throw new ProblemException(Problem.InvalidRequest("Frames must be text."));
        try
        {
            // Deep data must be refused by name, so the parser gets past it.
            var document = JsonDocument.Parse(frame, new JsonDocumentOptions { MaxDepth = 1024 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            throw new ProblemException(Problem.InvalidRequest($"The frame must be {Rule}."));
        }
        catch (JsonException)
        {
            throw new ProblemException(Problem.InvalidRequest("The frame is not valid JSON."));
        }
    }

    /// <summary>The <c>ref</c> as it was sent: a number or a text.</summary>
    private static string? ReferenceOf(JsonElement root)
    {
        if (!root.TryGetField("ref", out var reference))
            return null;
        return reference.ValueKind is JsonValueKind.Number or JsonValueKind.String && reference.GetRawText() is { Length: <= 128 } text
            ? text
            : throw new ProblemException(Problem.InvalidField("ref", "a number or a short text"));
    }

    private static Channels.ChannelName ChannelOf(JsonElement body) =>
        PublishParser.Channel("channel", body.RequireObject().OptionalString("channel"));

    private static string[] Channels(JsonElement body) => body.RequireObject().OptionalStrings("channels", int.MaxValue) ?? [];

    private void WriteCursor(string? reference, CursorBuilder cursor)
    {
        var text = cursor.ToString();
        WriteAck(reference, json => json.WriteString("cursor"u8, text));
    }

    private void WriteAck(string? reference, Action<Utf8JsonWriter> members) => Write("ack", json =>
    {
        json.WriteStartObject();
        WriteReference(json, reference);
        members(json);
        json.WriteEndObject();
    });

    private void WriteError(string? reference, Problem problem) => Write("error", json =>
    {
        json.WriteStartObject();
        WriteReference(json, reference);
        problem.WriteMembers(json);
        json.WriteEndObject();
    });

    private static void WriteReference(Utf8JsonWriter json, string? reference)
    {
        if (reference is null)
            return;
        json.WritePropertyName("ref"u8);
        json.WriteRawValue(reference, skipInputValidation: true);
    }

    private void Write(string kind, Action<Utf8JsonWriter> write) => session.Write(
        WebSocketFormat.Instance.Encode((kind, write), static (_, output, state) =>
        {
            using var json = new Utf8JsonWriter(output);
            json.WriteStartObject();
            json.WritePropertyName(state.kind);
            state.write(json);
            json.WriteEndObject();
        }));
}
