using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Realtime.Feeds.Live;

/// <summary>Notes who reads, in batches: a reader costs a write every few minutes, however often the reader comes.</summary>
internal sealed class ReaderActivity(IFollowGraph graph, TimeProvider time, ILogger<ReaderActivity> logger) : BackgroundService
{
    /// <summary>A third of the time within which readers are served first.</summary>
    private static readonly TimeSpan NotedFor = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>About 100 bytes each; one more, and all are noted anew.</summary>
    private const int MaxKnown = 200_000;

    private readonly ConcurrentDictionary<string, long> _noted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _pending = new(StringComparer.Ordinal);
    private bool _failing;

    /// <summary>How many readers were seen within the last minutes, as far as this node knows.</summary>
    internal int Recent => _noted.Count;

    /// <summary>Notes that a user reads now.</summary>
    internal void Seen(string user)
    {
        var now = time.GetTimestamp();
        if (_noted.TryGetValue(user, out var noted) && time.GetElapsedTime(noted, now) < NotedFor)
            return;
        if (_noted.Count >= MaxKnown)
            _noted.Clear();
        _noted[user] = now;
        if (_pending.Count < MaxKnown)
            _pending[user] = 0;
    }

    /// <summary>Writes down who was seen.</summary>
    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var users = _pending.Keys.ToArray();
        if (users.Length == 0)
            return;
        await graph.SeenAsync(users, time.GetUtcNow(), cancellationToken);
        foreach (var user in users)
            _pending.TryRemove(user, out _);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await FlushAsync(stoppingToken);
                _failing = false;
            }
            catch (RealtimeException exception) when (exception.IsTransient)
            {
                if (!_failing)
                    Log.ActivityNotNoted(logger, exception);
                _failing = true;
            }
        }
    }
}
