using Realtime.Lab.Servers;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Publishing;

/// <summary>
/// One connection of a <see cref="ScheduledPublisher"/>: sends whatever is due when the last request is answered. What the server refuses
/// for the moment is sent again under the same id, before anything later.
/// </summary>
internal sealed class ScheduledLane(ScheduledPublisher publisher, ServerTarget server, List<int> messages)
    : PublishConnection(server, server.IsPeer ? "/publish" : "/api/publish")
{
    private const int MaxBatch = 250;
    private const int MaxBody = 128 * 1024;
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromMilliseconds(500);

    private readonly List<int> _sent = [];
    private readonly List<int> _again = [];
    private int _next;

    /// <summary>Whether everything is accepted, or nothing more can be.</summary>
    public bool Done => GaveUp is not null || (!Busy && _again.Count == 0 && _next == messages.Count);

    protected override void Continue(long now)
    {
        if (_again.Count == 0 && _next == messages.Count)
        {
            publisher.LaneDone();
            return;
        }
        var due = _again.Count > 0 ? now : publisher.DueAt(messages[_next]);
        if (due > now)
        {
            SetTimer(due);
            return;
        }
        Request.Clear();
        Request.Add("{\"messages\":["u8);
        var taken = 0;
        while (taken < _again.Count && Add(_again[taken]))
            taken++;
        _again.RemoveRange(0, taken);
        if (_again.Count == 0)
            AddDue(now);
        Request.Add("]}"u8);
        Post();
    }

    protected override void Answered(in HttpHead head, ReadOnlySpan<byte> body, long now)
    {
        publisher.Acknowledged(now - SentAt);
        if (head.Status == 200)
            TakeResults(head, body, now);
        else if (head.Status is 429 or 503)
            SendAgain(head, now);
        else
            GiveUp($"publishing was answered {head.Status}: {System.Text.Encoding.UTF8.GetString(body[..Math.Min(300, body.Length)])}");
    }

    // The ids make it harmless to send again what may have been accepted.
    protected override void Lost() => PutBack();

    protected override void GiveUp(string reason)
    {
        base.GiveUp(reason);
        publisher.LaneDone();
    }

    private void AddDue(long now)
    {
        while (_next < messages.Count && publisher.DueAt(messages[_next]) is var due && due <= now && Add(messages[_next]))
        {
            // What the server's answer held up is the server's; only the rest is this generator's own lateness.
            publisher.Lag(now - Math.Max(due, FreeSince));
            _next++;
        }
    }

    private bool Add(int message)
    {
        if (_sent.Count >= MaxBatch || Request.BodyLength > MaxBody)
            return false;
        if (_sent.Count > 0)
            Request.Add(","u8);
        publisher.Write(Request, message);
        _sent.Add(message);
        return true;
    }

    private void TakeResults(in HttpHead head, ReadOnlySpan<byte> body, long now)
    {
        if (publisher.Peer || PublishAnswer.CountAccepted(body) == _sent.Count)
        {
            _sent.ForEach(publisher.Accepted);
            _sent.Clear();
            return;
        }
        var statuses = PublishAnswer.Statuses(body);
        var held = new List<int>();
        for (var i = 0; i < _sent.Count; i++)
        {
            if (statuses[i] < 300)
                publisher.Accepted(_sent[i]);
            else if (statuses[i] is 429 or 503)
                held.Add(_sent[i]);
            else
                publisher.Refused(statuses[i]);
        }
        _sent.Clear();
        _sent.AddRange(held);
        if (held.Count > 0)
            SendAgain(head, now);
    }

    private void SendAgain(in HttpHead head, long now)
    {
        publisher.HeldBack(_sent.Count);
        PutBack();
        HoldUntil(now + (long)(head.RetryAfter ?? DefaultRetry).TotalMicroseconds);
    }

    private void PutBack()
    {
        _again.InsertRange(0, _sent);
        _sent.Clear();
    }
}
