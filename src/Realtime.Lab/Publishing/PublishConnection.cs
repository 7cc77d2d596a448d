using Realtime.Lab.Loop;
using Realtime.Lab.Servers;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Publishing;

/// <summary>A keep-alive connection with one POST under way at a time. A connection that ends is opened again.</summary>
internal abstract class PublishConnection : LoopConnection, IHttpBody
{
    private const long ReopenMicros = 50_000;
    private const int MostFailures = 20;

    private readonly ServerTarget _server;
    private readonly UnitAssembler _answer;
    private HttpResponseParser _http;
    private HttpHead _head;
    private bool _isOpen;
    private int _failures;
    private long _heldUntil;

    protected PublishConnection(ServerTarget server, string path)
    {
        _server = server;
        _http = new HttpResponseParser(this);
        _answer = new UnitAssembler(TakeAnswer);
        Request = new RequestBuffer(path, server.Headers);
    }

    /// <summary>What went wrong for good; null while publishing goes on.</summary>
    public string? GaveUp { get; private set; }

    /// <summary>Whether a request is under way.</summary>
    protected bool Busy { get; private set; }

    /// <summary>When the last answer came, or the connection was opened.</summary>
    protected long FreeSince { get; private set; }

    /// <summary>When the request under way was sent.</summary>
    protected long SentAt { get; private set; }

    protected RequestBuffer Request { get; }

    void IHttpBody.Head(in HttpHead head) => _head = head;

    void IHttpBody.Body(ReadOnlySpan<byte> piece, bool end) => _answer.Append(piece, end);

    void IHttpBody.Upgraded(ReadOnlySpan<byte> data) => throw new WireException("the server switched protocols unasked");

    public sealed override void TimerElapsed(long now)
    {
        if (!_isOpen)
        {
            Reopen();
            return;
        }
        if (!Busy)
            Continue(now);
    }

    protected override void Opened()
    {
        _isOpen = true;
        FreeSince = LabClock.Now;
        Continue(FreeSince);
    }

    protected sealed override void Received(ReadOnlySpan<byte> data, long now)
    {
        FreeSince = now;
        _http.Feed(data);
    }

    protected sealed override void Failed()
    {
        _isOpen = false;
        if (Busy)
            Lost();
        Busy = false;
        _http = new HttpResponseParser(this);
        if (++_failures > MostFailures)
            GiveUp($"publishing failed {_failures} times: {Failure}");
        else
            SetTimer(LabClock.Now + ReopenMicros);
    }

    protected override void Released() => _answer.Clear();

    /// <summary>Sends what <see cref="Request"/> holds.</summary>
    protected void Post()
    {
        Busy = true;
        SentAt = LabClock.Now;
        Send(Request.Finish());
    }

    /// <summary>Sends nothing before the given time: the server asked for it.</summary>
    protected void HoldUntil(long time)
    {
        _heldUntil = time;
        SetTimer(time);
    }

    /// <summary>No request is under way: send one, or set the timer for the next.</summary>
    protected abstract void Continue(long now);

    /// <summary>The answer to the request is there.</summary>
    protected abstract void Answered(in HttpHead head, ReadOnlySpan<byte> body, long now);

    /// <summary>The connection ended under a request, whose fate is not known.</summary>
    protected abstract void Lost();

    /// <summary>Ends publishing on this connection; whoever waits for it must look at <see cref="GaveUp"/>.</summary>
    protected virtual void GiveUp(string reason) => GaveUp = reason;

    private void TakeAnswer(ReadOnlySpan<byte> body)
    {
        Busy = false;
        _failures = 0;
        Answered(_head, body, FreeSince);
        if (!Busy && GaveUp is null && _heldUntil <= FreeSince)
            Continue(FreeSince);
    }

    private void Reopen()
    {
        try
        {
            Loop.Open(this, _server.EndPoint);
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            if (++_failures > MostFailures)
                GiveUp($"the server refuses connections ({exception.SocketErrorCode})");
            else
                SetTimer(LabClock.Now + ReopenMicros);
        }
    }
}
