namespace Realtime.Lab.Feeds;

/// <summary>A clock that stands where the workload is. Its timers never fire: what they would do is done between events.</summary>
internal sealed class WorkloadClock(long milliseconds) : TimeProvider
{
    /// <summary>The time, in milliseconds since 1970.</summary>
    public long Now { get; set; } = milliseconds;

    public override long TimestampFrequency => 1_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Now);

    public override long GetTimestamp() => Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

    private sealed class Never : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
