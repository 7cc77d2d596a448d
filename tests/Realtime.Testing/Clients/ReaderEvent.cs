using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>Something that a server told a reader.</summary>
public abstract record ReaderEvent;

/// <summary>Messages, and the cursor after them. Without messages it is the cursor that a connection begins with.</summary>
public sealed record BatchEvent(IReadOnlyList<ReceivedMessage> Messages, string Cursor) : ReaderEvent;

/// <summary>A gap.</summary>
public sealed record GapEvent(string Channel, string Epoch, long Requested, long First, long Head, string Reason) : ReaderEvent
{
    /// <summary>Reads the JSON form.</summary>
    public static GapEvent Read(JsonElement json) => new(
        json.GetProperty("channel").GetString()!,
        json.GetProperty("epoch").GetString()!,
        json.GetProperty("requested").GetInt64(),
        json.GetProperty("first").GetInt64(),
        json.GetProperty("head").GetInt64(),
        json.GetProperty("reason").GetString()!);
}

/// <summary>A signal.</summary>
public sealed record SignalEvent(ReceivedMessage Signal) : ReaderEvent;

/// <summary>A ping.</summary>
public sealed record PingEvent : ReaderEvent;

/// <summary>The server's advice to go and come back.</summary>
public sealed record DrainEvent(TimeSpan After) : ReaderEvent;

/// <summary>An answer to a frame of the plain WebSocket: what <c>ack</c> or <c>error</c> holds.</summary>
public sealed record AnswerEvent(bool IsError, JsonElement Body) : ReaderEvent
{
    /// <summary>The <c>ref</c> of the frame that this answers; null where it had none.</summary>
    public int? Reference => Body.TryGetProperty("ref", out var reference) ? reference.GetInt32() : null;
}

/// <summary>The connection has ended. Nothing follows.</summary>
/// <param name="Code">The close code of a WebSocket or the status of a refused request; null where there was none.</param>
/// <param name="Error">What went wrong; null for an end in good order.</param>
public sealed record ClosedEvent(int? Code, Exception? Error) : ReaderEvent;
