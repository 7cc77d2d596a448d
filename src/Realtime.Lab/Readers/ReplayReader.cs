using System.Globalization;
using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Servers;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Readers;

/// <summary>How a <see cref="ReplayReader"/> reads.</summary>
internal enum ReplayMode
{
    /// <summary>Pages of the channel's history.</summary>
    History,

    /// <summary>Fetches of a consumer after the offset that the reader itself knows.</summary>
    Consumer,

    /// <summary>Fetches of a consumer after the offset that it has committed, which it does after each page.</summary>
    CommittingConsumer,
}

/// <summary>Reads one channel from its first message to its last, page after page, one request at a time over one connection.</summary>
internal sealed class ReplayReader : LoopConnection, IHttpBody
{
    private const string Consumer = "replay";

    private readonly ServerTarget _server;
    private readonly ReplayMode _mode;
    private readonly string _path;
    private readonly int _page;
    private readonly HttpResponseParser _http;
    private readonly UnitAssembler _answer;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HttpHead _head;
    private bool _committing;
    private long _offset;

    /// <summary>Makes one, to be opened on a loop.</summary>
    /// <param name="server">Whose channel it is.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="page">The most messages of one page.</param>
    /// <param name="mode">How it reads.</param>
    public ReplayReader(ServerTarget server, string channel, int page, ReplayMode mode)
    {
        _server = server;
        _mode = mode;
        _page = page;
        _path = mode == ReplayMode.History ? $"/api/channels/{channel}" : $"/api/channels/{channel}/consumers/{Consumer}";
        _http = new HttpResponseParser(this);
        _answer = new UnitAssembler(TakeAnswer);
    }

    /// <summary>What it got.</summary>
    public DeliveryTracker Tracker { get; } = new(1);

    /// <summary>Pages that held messages.</summary>
    public long Pages { get; private set; }

    /// <summary>Completes when a page holds nothing, or the connection ended: <see cref="LoopConnection.Failure"/> tells.</summary>
    public Task Finished => _finished.Task;

    void IHttpBody.Head(in HttpHead head) => _head = head;

    void IHttpBody.Body(ReadOnlySpan<byte> piece, bool end) => _answer.Append(piece, end);

    void IHttpBody.Upgraded(ReadOnlySpan<byte> data) => throw new WireException("the server switched protocols unasked");

    public override void TimerElapsed(long now)
    {
    }

    protected override void Opened() => Fetch();

    protected override void Received(ReadOnlySpan<byte> data, long now) => _http.Feed(data);

    protected override void Failed() => _finished.TrySetResult();

    protected override void Released() => _answer.Clear();

    private void TakeAnswer(ReadOnlySpan<byte> body)
    {
        if (_head.Status != 200)
            throw new WireException($"the server answered {_head.Status}");
        if (_committing)
        {
            _committing = false;
            Fetch();
            return;
        }

        var before = Tracker.Fresh;
        var scanner = new MessageScanner(body);
        while (scanner.Next(out var message))
        {
            Tracker.Enter(message.Channel, message.Offset - 1, message.Number);
            _offset = message.Offset;
        }

        if (body.IndexOf("\"gap\":{"u8) >= 0)
            Tracker.Explain(MessageScanner.LostByGaps(body));
        if (Tracker.Fresh == before)
        {
            _finished.TrySetResult();
            return;
        }

        Pages++;
        if (_mode == ReplayMode.CommittingConsumer)
            Commit();
        else
            Fetch();
    }

    private void Fetch()
    {
        var after = _mode == ReplayMode.CommittingConsumer ? "" : string.Create(CultureInfo.InvariantCulture, $"&after={_offset}");
        Send(Encoding.ASCII.GetBytes($"GET {_path}/messages?limit={_page}{after} HTTP/1.1\r\n{_server.Headers}\r\n"));
    }

    private void Commit()
    {
        _committing = true;
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"offset":{{_offset}}}""");
        Send(Encoding.ASCII.GetBytes(
            $"PUT {_path} HTTP/1.1\r\n{_server.Headers}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }
}
