using System.Collections.Concurrent;

namespace Realtime.Feeds.Advice;

/// <summary>What this node has seen of its feeds since its start: who posts and reads how often, and who follows whom in numbers.</summary>
internal sealed class FeedObservations(TimeProvider time)
{
    /// <summary>About 100 bytes each. Who comes later is not told apart any more, and counts for the rates alone.</summary>
    internal const int MaxUsers = 100_000;

    /// <summary>A rate is not told from less than this.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _authors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _readers = new(StringComparer.Ordinal);
    private readonly long _started = time.GetTimestamp();
    private long _posts;
    private long _reads;
    private long _followers;
    private long _reached;

    /// <summary>Notes posts of an author.</summary>
    internal void Posted(string author, int count)
    {
        Interlocked.Add(ref _posts, count);
        if (_authors.Count < MaxUsers)
            _authors.TryAdd(author, 0);
    }

    /// <summary>Notes how many followers an author has whose post begins its fan-out.</summary>
    internal void FanOut(string author, long followers, bool isPushed)
    {
        if (isPushed)
            Interlocked.Add(ref _followers, followers);
        if (_authors.ContainsKey(author))
            _authors[author] = followers;
    }

    /// <summary>Notes how many followers a chunk of a fan-out reached: those who are active.</summary>
    internal void Reached(int followers) => Interlocked.Add(ref _reached, followers);

    /// <summary>Notes that a reader opened the timeline.</summary>
    internal void Read(string reader)
    {
        Interlocked.Increment(ref _reads);
        if (_readers.Count < MaxUsers)
            _readers.TryAdd(reader, 0);
    }

    /// <summary>The workload that was seen; the defaults for what was not.</summary>
    internal FeedWorkload Workload()
    {
        var workload = new FeedWorkload();
        var since = time.GetElapsedTime(_started);
        var days = (since > Least ? since : Least).TotalDays;
        if (_authors.Count is var authors and > 0)
            workload = workload with { Authors = authors, PostsPerAuthorPerDay = Math.Min(1e6, Volatile.Read(ref _posts) / days / authors) };
        var (followers, reached) = (Volatile.Read(ref _followers), Volatile.Read(ref _reached));
        if (followers > 0)
            workload = workload with { ActiveShare = Math.Clamp((double)reached / followers, 0, 1) };
        if (_readers.Count is var readers and > 0)
        {
            // Who never reads is not seen here: the share that is reached tells how many there are.
            var all = workload.ActiveShare > 0 ? Math.Min(1e9, readers / workload.ActiveShare) : readers;
            workload = workload with { Readers = Math.Max(1, all), ReadsPerReaderPerDay = Math.Min(1e6, Volatile.Read(ref _reads) / days / readers) };
        }

        long[] counts = [.. _authors.Values];
        if (counts.Length == 0 || counts.Max() is var most && most == 0)
            return workload with { FollowersMean = Math.Min(workload.FollowersMean, workload.Readers) };
        return workload with { FollowersMean = counts.Average(), FollowersMax = most, Readers = Math.Max(workload.Readers, most) };
    }
}
