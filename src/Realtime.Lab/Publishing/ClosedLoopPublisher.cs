using Realtime.Lab.Meters;
using Realtime.Lab.Servers;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Publishing;

/// <summary>Counts what a number of <see cref="ClosedLoopPublisher"/> do together; on their loop's thread.</summary>
internal sealed class ClosedLoopState
{
    public LatencyMeter Acknowledgement { get; } = new();

    /// <summary>Accepted messages since the last reset.</summary>
    public long Accepted { get; set; }

    /// <summary>Answers 429 and 503 since the last reset.</summary>
    public long HeldBack { get; set; }

    /// <summary>Set to end it.</summary>
    public bool Stopped { get; set; }

    public void Reset()
    {
        Accepted = HeldBack = 0;
        Acknowledgement.Reset();
    }
}

/// <summary>Publishes single messages, the next one when the last is acknowledged.</summary>
internal sealed class ClosedLoopPublisher(ServerTarget server, ClosedLoopState state, string channel, int payload)
    : PublishConnection(server, $"/api/channels/{channel}/messages")
{
    private long _number;

    protected override void Continue(long now)
    {
        if (state.Stopped)
            return;
        Request.Clear();
        Request.Add("{\"data\":"u8);
        Payload.Write(Request, 0, _number++, now, payload);
        Request.Add("}"u8);
        Post();
    }

    protected override void Answered(in HttpHead head, ReadOnlySpan<byte> body, long now)
    {
        if (head.Status == 201)
        {
            state.Accepted++;
            state.Acknowledgement.Record(now - SentAt);
        }
        else if (head.Status is 429 or 503)
        {
            state.HeldBack++;
            HoldUntil(now + (long)(head.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalMicroseconds);
        }
        else
        {
            GiveUp($"publishing was answered {head.Status}");
        }
    }

    protected override void Lost()
    {
    }
}
