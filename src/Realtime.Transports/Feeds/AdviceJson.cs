using System.Text.Json;
using Realtime.Feeds;

namespace Realtime.Transports.Feeds;

/// <summary>Advice as JSON.</summary>
internal static class AdviceJson
{
    internal static void Write(Utf8JsonWriter json, FeedAdvice advice)
    {
        json.WriteStartObject();
        json.WriteString("recommendation"u8, FeedStrategies.NameOf(advice.Recommendation));
        json.WriteString("transport"u8, advice.Transport);
        json.WriteStartArray("reasons"u8);
        foreach (var reason in advice.Reasons)
            json.WriteStringValue(reason);
        json.WriteEndArray();
        json.WriteStartObject("costs"u8);
        Write(json, FeedStrategy.Push, advice.Push);
        Write(json, FeedStrategy.Pull, advice.Pull);
        Write(json, FeedStrategy.Hybrid, advice.Hybrid);
        json.WriteEndObject();
        json.WriteStartObject("boxes"u8);
        foreach (var (name, isTicked) in advice.Boxes)
            json.WriteBoolean(name, isTicked);
        json.WriteEndObject();
        json.WriteStartObject("breakEven"u8);
        json.WriteNumber("postsPerRead"u8, advice.BreakEven.PostsPerRead);
        json.WriteNumber("postsPerAuthorPerDay"u8, advice.BreakEven.PostsPerAuthorPerDay);
        json.WriteNumber("readsPerReaderPerDay"u8, advice.BreakEven.ReadsPerReaderPerDay);
        json.WriteEndObject();
        json.WriteStartArray("sensitivity"u8);
        foreach (var (change, recommendation) in advice.Sensitivity)
        {
            json.WriteStartObject();
            json.WriteString("change"u8, change);
            json.WriteString("recommendation"u8, FeedStrategies.NameOf(recommendation));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("units"u8);
        json.WriteNumber("mailboxWriteNs"u8, advice.Units.MailboxWrite);
        json.WriteNumber("sourceReadNs"u8, advice.Units.SourceRead);
        json.WriteNumber("headCheckNs"u8, advice.Units.HeadCheck);
        json.WriteNumber("mailboxReadNs"u8, advice.Units.MailboxRead);
        json.WriteNumber("repairNs"u8, advice.Units.Repair);
        json.WriteNumber("rho"u8, advice.Units.Rho);
        json.WriteEndObject();
        Write(json, advice.Workload);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FeedStrategy strategy, FeedCost cost)
    {
        json.WriteStartObject(FeedStrategies.NameOf(strategy));
        json.WriteNumber("mailboxWritesPerDay"u8, cost.MailboxWrites);
        json.WriteNumber("sourceReadsPerDay"u8, cost.SourceReads);
        json.WriteNumber("cpuSecondsPerDay"u8, cost.CpuSeconds);
        json.WriteNumber("toOptimum"u8, cost.ToOptimum);
        json.WriteNumber("fanOutMs"u8, cost.FanOutMilliseconds);
        json.WriteNumber("readMicros"u8, cost.ReadMicroseconds);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FeedWorkload workload)
    {
        json.WriteStartObject("workload"u8);
        json.WriteNumber("authors"u8, workload.Authors);
        json.WriteNumber("readers"u8, workload.Readers);
        json.WriteNumber("followersMean"u8, workload.FollowersMean);
        json.WriteNumber("followersMax"u8, workload.FollowersMax);
        json.WriteNumber("postsPerAuthorPerDay"u8, workload.PostsPerAuthorPerDay);
        json.WriteNumber("readsPerReaderPerDay"u8, workload.ReadsPerReaderPerDay);
        json.WriteNumber("activeShare"u8, workload.ActiveShare);
        json.WriteNumber("freshnessSeconds"u8, workload.FreshnessSeconds);
        json.WriteBoolean("replay"u8, workload.Replay);
        json.WriteBoolean("rateControl"u8, workload.RateControl);
        json.WriteString("proxies"u8, workload.Proxies);
        json.WriteBoolean("battery"u8, workload.Battery);
        json.WriteEndObject();
    }
}
