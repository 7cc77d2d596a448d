namespace Realtime.Lab.Broker;

/// <summary>How one mode is put under load.</summary>
public sealed record BrokerSettings
{
    /// <summary>The longest that a run publishes, whatever is switched meanwhile.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(2);

    /// <summary>The most data that a run can publish: all of it stays in the store of the run.</summary>
    private const double MaxBytes = 128 << 20;

    /// <summary>One of <see cref="BrokerMode.All"/>.</summary>
    public string Mode { get; init; } = "push-100";

    /// <summary>Messages in a second over all channels: 10 to 5,000.</summary>
    public int Rate { get; init; } = 1_000;

    /// <summary>The size of each message's data: 64 to 4,000 bytes.</summary>
    public int PayloadBytes { get; init; } = 200;

    /// <summary>Channels, each of another shard: 1 to 32.</summary>
    public int Channels { get; init; } = 8;

    /// <summary>The same seed publishes into the same channels in the same order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Seconds before one node is made slow: 1 to 30.</summary>
    public double NormalSeconds { get; init; } = 4;

    /// <summary>Seconds for which it is slow: 1 to 60.</summary>
    public double SlowSeconds { get; init; } = 10;

    /// <summary>Seconds after it for which publishing goes on at least; it ends when the node has caught up: 1 to 30.</summary>
    public double RecoverySeconds { get; init; } = 4;

    /// <summary>The most frames in a node's queue at the broker: 10 to 100,000. Small, so that a run shows what happens to a full one.</summary>
    public int QueueLimit { get; init; } = 300;

    /// <summary>The mode that is named.</summary>
    /// <exception cref="LabException">There is none of that name.</exception>
    internal BrokerMode Chosen => BrokerMode.Find(Mode) ?? throw new LabException(Problem()!);

    /// <summary>What is wrong with the settings, as one sentence; null where nothing is.</summary>
    public string? Problem() =>
        BrokerMode.Find(Mode) is null ? $"mode must be one of {string.Join(", ", BrokerMode.All.Select(mode => mode.Name))}."
        : Outside("rate", Rate, 10, 5_000)
            ?? Outside("payloadBytes", PayloadBytes, 64, 4_000)
            ?? Outside("channels", Channels, 1, 32)
            ?? Outside("normalSeconds", NormalSeconds, 1, 30)
            ?? Outside("slowSeconds", SlowSeconds, 1, 60)
            ?? Outside("recoverySeconds", RecoverySeconds, 1, 30)
            ?? Outside("queueLimit", QueueLimit, 10, 100_000)
            ?? (Rate * MaxDuration.TotalSeconds * PayloadBytes > MaxBytes
                ? $"rate × payloadBytes must be at most {MaxBytes / MaxDuration.TotalSeconds:N0}: a run keeps all that it publishes." : null);

    private static string? Outside(string name, double value, double least, double most) =>
        value >= least && value <= most ? null : $"{name} must be {least:N0} to {most:N0}.";
}
