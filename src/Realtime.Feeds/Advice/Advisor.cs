using System.Globalization;

namespace Realtime.Feeds.Advice;

/// <summary>Pure arithmetic from a workload and unit costs to advice.</summary>
internal static class Advisor
{
    /// <summary>A pure strategy is simpler, so it may cost this much more than the better choice for each follower and author.</summary>
    private const double Margin = 1.1;

    /// <summary>The most CPU that a page may cost to be pulled: a request takes some milliseconds in any case.</summary>
    private const double MaxReadMicroseconds = 5_000;

    /// <summary>Where posts may be as old as this, asking now and then is enough.</summary>
    private const double PollSeconds = 60;

    /// <summary>Advises.</summary>
    /// <param name="workload">Valid.</param>
    /// <param name="units">Unit costs, above zero.</param>
    /// <param name="threshold">Followers from which an author is pulled under hybrid.</param>
    internal static FeedAdvice Advise(FeedWorkload workload, UnitCosts units, double threshold)
    {
        var costs = FeedCosts.Of(workload, units, threshold);
        var boxes = Boxes(workload, costs);
        var recommendation = Decide(workload, boxes);
        var (transport, transportReason) = Transport(workload);
        return new FeedAdvice(
            workload,
            recommendation,
            transport,
            [.. Reasons(workload, units, costs, recommendation, threshold), transportReason],
            costs.Push,
            costs.Pull,
            costs.Hybrid,
            boxes,
            new FeedBreakEven(units.Rho, units.Rho * workload.ReadsPerReaderPerDay, workload.PostsPerAuthorPerDay / units.Rho),
            [.. Changes(workload, units).Select(change => new FeedSensitivity(
                change.Name, Decide(change.Workload, Boxes(change.Workload, FeedCosts.Of(change.Workload, change.Units, threshold)))))],
            units);
    }

    private static Dictionary<string, bool> Boxes(FeedWorkload workload, FeedCosts costs) => new()
    {
        ["pushIsCheap"] = costs.Push.CpuSeconds <= Margin * costs.PerEdgeSeconds,
        ["pullIsCheap"] = costs.Pull.CpuSeconds <= Margin * costs.PerEdgeSeconds,
        ["pushIsFresh"] = costs.Push.FanOutMilliseconds <= workload.FreshnessSeconds * 1_000,
        ["pullIsQuick"] = costs.Pull.ReadMicroseconds <= MaxReadMicroseconds,
        ["replay"] = workload.Replay,
        ["rateControl"] = workload.RateControl,
        ["mostlyInactive"] = workload.ActiveShare < 0.1,
    };

    /// <summary>
    /// Pure push where it is nearly the best and the largest fan-out is done in time; pure pull where it is nearly the best, or readers go back and choose their
    /// own pace, and a page is put together quickly; otherwise both.
    /// </summary>
    private static FeedStrategy Decide(FeedWorkload workload, Dictionary<string, bool> boxes)
    {
        if (boxes["pullIsQuick"] && (boxes["pullIsCheap"] && !(boxes["pushIsCheap"] && boxes["pushIsFresh"]) || workload.Replay && workload.RateControl))
            return FeedStrategy.Pull;
        return boxes["pushIsCheap"] && boxes["pushIsFresh"] ? FeedStrategy.Push : FeedStrategy.Hybrid;
    }

    private static IEnumerable<string> Reasons(FeedWorkload workload, UnitCosts units, FeedCosts costs, FeedStrategy recommendation, double threshold)
    {
        yield return Text($"A day costs {costs.Push.CpuSeconds:0.###} s of one core by push, {costs.Pull.CpuSeconds:0.###} s by pull and {costs.Hybrid.CpuSeconds:0.###} s by hybrid; the best choice for each follower and author would cost {costs.PerEdgeSeconds:0.###} s.");
        yield return Text($"Reading a source costs {units.Rho:0.##} times a write to a mailbox here, so push is cheaper for a follower who reads more often than an author posts {units.Rho:0.##} times.");
        yield return Text($"A post of the author with {workload.FollowersMax:N0} followers takes at least {costs.Push.FanOutMilliseconds:0.#} ms to push to those who are active; {workload.FreshnessSeconds:0.###} s are allowed.");
        yield return Text($"A page costs {costs.Pull.ReadMicroseconds:0.#} µs of CPU by pull and {costs.Push.ReadMicroseconds:0.#} µs by push.");
        if (workload.Replay || workload.RateControl)
            yield return "Whoever reads again, or at a pace of their own, reads the log by a cursor; that is a pull, whatever the timeline is made by.";
        if (recommendation == FeedStrategy.Hybrid)
            yield return Text($"Hybrid pushes a few posts to whoever does not read and leaves the rest to be pulled, and spares authors with {threshold:N0} followers and more.");
    }

    /// <summary>What clients best follow a feed over: whatever gets through, and asks no more of them than freshness needs.</summary>
    internal static (string Transport, string Reason) Transport(FeedWorkload workload)
    {
        if (workload.FreshnessSeconds >= PollSeconds)
        {
            return ("short-poll", Text($"Posts may be {workload.FreshnessSeconds:0} s old: a poll in that time is enough{(workload.Battery ? ", and lets a phone's radio sleep in between" : "")}."));
        }

        return workload switch
        {
            { Proxies: "buffering" } => ("long-poll", "What holds an answer until it is complete lets nothing but whole answers through: long polling."),
            { RateControl: true } => ("long-poll", "A client that decides how fast messages come asks for them: long polling."),
            { Proxies: "no-websocket" } => ("sse", "Upgrades to WebSocket fail on the way; server-sent events are plain HTTP."),
            { Battery: true } => ("sse", "Server-sent events need one request and nothing sent by the client, which keeps a phone's radio quieter."),
            _ => ("websocket", Text($"Nothing is in the way, and posts must be seen within {workload.FreshnessSeconds:0.###} s: one open connection has the least overhead for each message.")),
        };
    }

    private static IEnumerable<(string Name, FeedWorkload Workload, UnitCosts Units)> Changes(FeedWorkload workload, UnitCosts units)
    {
        yield return ("rho × ½", workload, units with { SourceRead = units.SourceRead / 2 });
        yield return ("rho × 2", workload, units with { SourceRead = units.SourceRead * 2 });
        yield return ("posts × ½", workload with { PostsPerAuthorPerDay = workload.PostsPerAuthorPerDay / 2 }, units);
        yield return ("posts × 2", workload with { PostsPerAuthorPerDay = workload.PostsPerAuthorPerDay * 2 }, units);
        yield return ("reads × ½", workload with { ReadsPerReaderPerDay = workload.ReadsPerReaderPerDay / 2 }, units);
        yield return ("reads × 2", workload with { ReadsPerReaderPerDay = workload.ReadsPerReaderPerDay * 2 }, units);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
