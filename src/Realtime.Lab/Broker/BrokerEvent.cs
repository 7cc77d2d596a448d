using System.Text.Json;
using System.Text.Json.Serialization;

namespace Realtime.Lab.Broker;

/// <summary>What a server tells the client of a run, one of three.</summary>
public sealed record BrokerEvent
{
    /// <summary>How it is written.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>How it is just now.</summary>
    public BrokerSample? Sample { get; init; }

    /// <summary>What it came to; the last event.</summary>
    public BrokerResult? Result { get; init; }

    /// <summary>Why there is none, for a person; the last event too.</summary>
    public string? Problem { get; init; }
}

/// <summary>What a client asks of a run that is under way.</summary>
/// <param name="Slow">Makes one node slow, or fast again.</param>
/// <param name="Stop">Ends publishing, and gets the result.</param>
public sealed record BrokerCommand(bool? Slow = null, bool? Stop = null);
