using System.Globalization;

namespace Realtime.Lab.Results;

/// <summary>How publishing went.</summary>
/// <param name="Messages">Messages of the workload.</param>
/// <param name="Accepted">Messages that the server accepted.</param>
/// <param name="HeldBack">Times that a message was refused for the moment (429, 503) and sent again.</param>
/// <param name="Refused">What was refused for good, as "count × status".</param>
/// <param name="Acknowledgement">Time from sending a request to its answer; null where nothing was published.</param>
/// <param name="Lag">How late the generator itself sent messages that it could have sent; null where nothing was published.</param>
public sealed record PublishSummary(
    int Messages,
    long Accepted,
    long HeldBack,
    IReadOnlyList<string> Refused,
    LatencySummary? Acknowledgement,
    LatencySummary? Lag)
{
    /// <summary>The summary in one sentence.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Accepted:N0} messages published, acknowledged after {Acknowledgement?.P50:0.00} ms (p50), "
        + $"{Acknowledgement?.P99:0.00} ms (p99), {Acknowledgement?.Max:0.0} ms at most");
}
