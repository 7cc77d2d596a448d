using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Readers;

/// <summary>Reads <c>/api/poll</c>: held by the server with a wait, at an interval without one.</summary>
internal sealed class PollReader : Reader
{
    private readonly byte[] _before, _after;
    private readonly long _intervalMicros;
    private byte[] _cursor = [];
    private HttpHead _head;

    public PollReader(ReaderGroup group, int index, TimeSpan wait)
        : base(group, index)
    {
        // A held poll is followed by the next at once; the interval is for those that are answered at once.
        _intervalMicros = wait > TimeSpan.Zero ? 0 : (long)group.Settings.PollInterval.TotalMicroseconds;
        _before = Encoding.ASCII.GetBytes(
            $"GET /api/poll?channels={string.Join(',', group.Channels)}&wait={wait.TotalSeconds:0}&limit={group.Settings.PollLimit}");
        _after = Encoding.ASCII.GetBytes($" HTTP/1.1\r\n{group.Server.Headers}\r\n");
    }

    public override void TimerElapsed(long now) => Poll();

    public override void Head(in HttpHead head)
    {
        if (head.Status is not (200 or 204 or 429 or 503))
            throw new WireException($"the server answered {head.Status}");
        _head = head;
    }

    public override void Body(ReadOnlySpan<byte> piece, bool end) => Units.Append(piece, end);

    protected override void Opened() => Poll();

    protected override void TakeUnits(ReadOnlySpan<byte> units)
    {
        if (_head.Status is 429 or 503)
        {
            SetTimer(Now + (long)(_head.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalMicroseconds);
            return;
        }
        var count = _head.Status == 200 ? Take(units) : 0;
        if (!IsReady)
            Begin();
        else
            Continue(count);
    }

    protected override bool TellsGap(ReadOnlySpan<byte> units) => units.IndexOf("\"gaps\":[{"u8) >= 0;

    private int Take(ReadOnlySpan<byte> answer)
    {
        var cursor = MessageScanner.Cursor(answer);
        if (cursor.Length == 0)
            throw new WireException("a poll was answered without a cursor");
        if (!cursor.SequenceEqual(_cursor))
            _cursor = cursor.ToArray();
        return Deliver(answer);
    }

    private void Begin()
    {
        Ready();
        // Pollers of one page start at different times; all at once would be a load that no real audience makes.
        if (_intervalMicros > 0)
            SetTimer(Now + _intervalMicros * (Index % Group.Count) / Group.Count);
        else
            Poll();
    }

    private void Continue(int count)
    {
        if (count == 0)
            Group.EmptyAnswers++;
        if (_intervalMicros == 0 || count >= Group.Settings.PollLimit)
            Poll();
        else
            SetTimer(Now + _intervalMicros);
    }

    private void Poll()
    {
        Group.Requests++;
        Span<byte> request = stackalloc byte[_before.Length + 8 + _cursor.Length + _after.Length];
        _before.CopyTo(request);
        var length = _before.Length;
        if (_cursor.Length > 0)
        {
            "&cursor="u8.CopyTo(request[length..]);
            _cursor.CopyTo(request[(length + 8)..]);
            length += 8 + _cursor.Length;
        }
        _after.CopyTo(request[length..]);
        Send(request[..(length + _after.Length)]);
    }
}
