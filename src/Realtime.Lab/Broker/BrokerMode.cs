namespace Realtime.Lab.Broker;

/// <summary>A way in which frames get from one node to the others.</summary>
/// <param name="Name">What it is called on the command line and on the wire.</param>
/// <param name="Title">What a person reads.</param>
/// <param name="IsStream">Whether nodes read one stream at their own pace, rather than being pushed to from a queue each.</param>
/// <param name="Prefetch">The most frames that the broker pushes ahead of their acknowledgement; 0 for no limit.</param>
/// <param name="Rejects">Whether the broker refuses frames for a full queue; where not it drops the oldest, and the node heals.</param>
public sealed record BrokerMode(string Name, string Title, bool IsStream, int Prefetch, bool Rejects)
{
    /// <summary>All modes, in the order in which they are shown.</summary>
    public static readonly IReadOnlyList<BrokerMode> All =
    [
        new("push-1", "Push, prefetch 1", false, 1, false),
        new("push-10", "Push, prefetch 10", false, 10, false),
        new("push-100", "Push, prefetch 100", false, 100, false),
        new("push-1000", "Push, prefetch 1,000", false, 1000, false),
        new("push-unlimited", "Push, no prefetch limit", false, 0, false),
        new("push-reject", "Push, full queue refuses", false, 100, true),
        new("stream", "Stream, pulled", true, 100, false),
    ];

    /// <summary>Finds a mode by its name; null where there is none.</summary>
    public static BrokerMode? Find(string? name) => All.FirstOrDefault(mode => mode.Name == name);
}
