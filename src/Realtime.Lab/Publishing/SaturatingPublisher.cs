using System.Text;
using Realtime.Lab.Servers;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Publishing;

/// <summary>Publishes batches one after the other, as fast as the server and the allowed lead let it.</summary>
internal sealed class SaturatingPublisher(ServerTarget server, SaturationState state, int stream, int batch, int payload, string run)
    : PublishConnection(server, server.IsPeer ? "/publish" : "/api/publish")
{
    // How often to look whether the readers have caught up; a fraction of what a batch takes.
    private const long LookMicros = 100;
    private const long RetryMicros = 20_000;

    private readonly byte[] _idPrefix = Encoding.ASCII.GetBytes($"{run}-{stream}");
    private readonly bool _isPeer = server.IsPeer;
    private long _next, _first;
    private int _count;

    /// <summary>Whether every message it sent is acknowledged.</summary>
    public bool Settled => _count == 0 || GaveUp is not null;

    protected override void Continue(long now)
    {
        if (_count == 0)
        {
            // A small batch would only make the server's work per message look dear, so it waits for room for half of one.
            var room = (int)Math.Min(batch, state.Room);
            if (state.Stopped || room < (batch + 1) / 2)
            {
                SetTimer(now + LookMicros);
                return;
            }
            (_first, _count) = (_next, room);
            _next += room;
            state.Publish(room);
        }
        Build(now);
        Post();
    }

    protected override void Answered(in HttpHead head, ReadOnlySpan<byte> body, long now)
    {
        var accepted = head.Status == 200 && (_isPeer || PublishAnswer.CountAccepted(body) == _count);
        if (accepted)
        {
            for (var i = 0; i < _count; i++)
                state.Accept(stream, _first + i);
            _count = 0;
        }
        else if (head.Status is 429 or 503 || head.Status == 200)
        {
            // Sent again whole, under the same ids: what was accepted stays what it is.
            HoldUntil(now + RetryMicros);
        }
        else
        {
            GiveUp($"publishing was answered {head.Status}");
        }
    }

    protected override void Lost()
    {
    }

    private void Build(long now)
    {
        Request.Clear();
        Request.Add("{\"messages\":["u8);
        for (var i = 0; i < _count; i++)
        {
            Request.Add(i == 0 ? "{\"channel\":\""u8 : ",{\"channel\":\""u8);
            Request.Add(state.Channel);
            if (!_isPeer)
            {
                Request.Add("\",\"id\":\""u8);
                Request.Add(_idPrefix);
                Request.Add("-"u8);
                Request.Add(_first + i);
            }
            Request.Add("\",\"data\":"u8);
            Payload.Write(Request, stream, _first + i, now, payload);
            Request.Add("}"u8);
        }
        Request.Add("]}"u8);
    }
}
