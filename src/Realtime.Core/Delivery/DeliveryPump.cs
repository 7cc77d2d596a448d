using System.Collections.Concurrent;
using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Delivery;

/// <summary>
/// A thread that writes to the sessions it owns. An append marks a channel's group, not its sessions; the pump then lets each session of the group
/// write everything after its cursor, and leaves alone those whose last write is not taken yet: they come back by themselves.
/// </summary>
internal sealed class DeliveryPump : IDisposable
{
    /// <summary>The bytes of messages in one write. Larger writes gain nothing and only lengthen what a slow connection holds.</summary>
    internal const int MaxWriteBytes = 32 * 1024;

    /// <summary>The most messages in one write.</summary>
    internal const int MaxWriteMessages = 512;

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<LogGroup> _dirty = new();
    private readonly ConcurrentQueue<SessionCommand> _commands = new();
    private readonly Queue<Session> _postponed = new();
    // Never disposed: a commit or a timer that is under way when the pump stops may still set it.
    private readonly AutoResetEvent _wake = new(false);
    private readonly List<Session> _sessions = [];
    private readonly List<Delivery> _batch = [];
    private readonly List<LogGroup> _holders = [];
    private readonly TimeProvider _time;
    private readonly ITimer _ticker;
    private readonly Thread _thread;
    private int _awake;
    private bool _tick;
    private bool _stopping;
    private bool _stopped;

    internal DeliveryPump(int index, DeliveryOptions options, TimeProvider time, LogReader reader)
    {
        Index = index;
        Options = options;
        Reader = reader;
        _time = time;
        _thread = new Thread(Run) { IsBackground = true, Name = $"realtime-pump-{index}" };
        _ticker = time.CreateTimer(_ => Tick(), null, TickInterval, TickInterval);
        _thread.Start();
    }

    internal int Index { get; }

    internal bool IsCurrentThread => Thread.CurrentThread == _thread;

    internal DeliveryOptions Options { get; }

    internal LogReader Reader { get; }

    /// <summary>Buffers of the pump's thread.</summary>
    internal CursorBuilder Cursor { get; } = new();

    internal FrameBuffer Buffer { get; } = new();

    internal List<Message> Messages { get; } = [];

    internal List<Signal> Signals { get; } = [];

    internal void Enqueue(LogGroup group)
    {
        _dirty.Enqueue(group);
        Wake();
    }

    internal void Enqueue(SessionCommand command)
    {
        _commands.Enqueue(command);
        Wake();
        if (Volatile.Read(ref _stopped))
            CancelCommands();
    }

    /// <summary>Gives the session another turn after all others of this round.</summary>
    internal void Postpone(Session session) => _postponed.Enqueue(session);

    /// <summary>Remembers a group whose frames are to be let go at the next tick, so that quiet channels hold none.</summary>
    internal void HoldsFrames(LogGroup group) => _holders.Add(group);

    internal void Add(Session session)
    {
        session.PumpIndex = _sessions.Count;
        _sessions.Add(session);
    }

    internal void Remove(Session session)
    {
        var last = _sessions[^1];
        _sessions[session.PumpIndex] = last;
        last.PumpIndex = session.PumpIndex;
        _sessions.RemoveAt(_sessions.Count - 1);
    }

    /// <summary>Encodes what follows a position in one channel, for a reader of that channel alone.</summary>
    internal Frame? EncodeTail(ChannelLog log, Position from, WireFormat format, out long reached, out TailRead outcome, out Gap? gap)
    {
        Messages.Clear();
        reached = from.Offset;
        outcome = log.Read(from, MaxWriteMessages, MaxWriteBytes, Messages, out gap);
        if (Messages.Count == 0)
            return null;
        reached = Messages[^1].Offset;
        Cursor.Clear();
        Cursor.Add(log.Key, from);
        Buffer.Clear();
        EncodeMessages(format, entry: 0);
        return new Frame(Buffer.Written.ToArray());
    }

    /// <summary>Writes <see cref="Messages"/>, all of the channel at <paramref name="entry"/> of <see cref="Cursor"/>, into <see cref="Buffer"/>.</summary>
    internal void EncodeMessages(WireFormat format, int entry)
    {
        _batch.Clear();
        foreach (var message in Messages)
            _batch.Add(new Delivery(message, entry));
        EncodeBatch(format, _batch);
    }

    internal void EncodeBatch(WireFormat format, List<Delivery> batch) =>
        format.Write(Buffer, (batch, Cursor), static (format, output, state) => format.WriteMessages(
            output, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(state.batch), state.Cursor));

    /// <summary>An empty list for a batch over several channels.</summary>
    internal List<Delivery> RentBatch()
    {
        _batch.Clear();
        return _batch;
    }

    private void Tick()
    {
        Volatile.Write(ref _tick, true);
        Wake();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _awake, 1) == 0)
            _wake.Set();
    }

    private void Run()
    {
        while (!Volatile.Read(ref _stopping))
        {
            if (!HasWork)
                _wake.WaitOne();
            Volatile.Write(ref _awake, 0);
            // What is enqueued after this line sets the event again.
            Interlocked.MemoryBarrier();
            RunRound();
        }
    }

    private bool HasWork => !_commands.IsEmpty || !_dirty.IsEmpty || _postponed.Count > 0 || Volatile.Read(ref _tick);

    /// <summary>
    /// Does what was there when the round began, and what comes meanwhile in the next: under load there is always more of each kind, and none may keep
    /// the others out, least of all the clock.
    /// </summary>
    private void RunRound()
    {
        ExecuteCommands();
        for (var groups = _dirty.Count; groups > 0 && _dirty.TryDequeue(out var group); groups--)
        {
            group.Sweep();
            ExecuteCommands();
        }

        for (var turns = _postponed.Count; turns > 0; turns--)
            _postponed.Dequeue().TakeTurn();
        if (Volatile.Read(ref _tick))
            TickSessions();
    }

    private void ExecuteCommands()
    {
        for (var commands = _commands.Count; commands > 0 && _commands.TryDequeue(out var command); commands--)
            command.Session.Execute(command);
    }

    private void CancelCommands()
    {
        while (_commands.TryDequeue(out var command))
            command.Cancel();
    }

    private void TickSessions()
    {
        Volatile.Write(ref _tick, false);
        var clock = new SessionClock(_time.GetTimestamp(), _time.GetUtcNow(), _time);
        // Backwards, because a session that ends takes the last one's place.
        for (var i = _sessions.Count - 1; i >= 0; i--)
            _sessions[i].Tick(clock);
        foreach (var group in _holders)
            group.DropFrames();
        _holders.Clear();
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopping, true);
        _ticker.Dispose();
        _wake.Set();
        _thread.Join();
        Volatile.Write(ref _stopped, true);
        // Whoever enqueued before the line above is answered here, whoever comes later answers himself.
        Interlocked.MemoryBarrier();
        CancelCommands();
    }
}

/// <summary>The time of one round over all sessions, with the pings that they share.</summary>
internal sealed class SessionClock(long timestamp, DateTimeOffset now, TimeProvider time)
{
    private Frame?[] _pings = [];

    internal DateTimeOffset Now => now;

    internal TimeSpan Since(long earlier) => time.GetElapsedTime(earlier, timestamp);

    internal long Timestamp => timestamp;

    internal Frame PingFor(WireFormat format)
    {
        if (_pings.Length <= format.Index)
            Array.Resize(ref _pings, format.Index + 1);
        return _pings[format.Index] ??= format.Encode(now, static (format, output, now) => format.WritePing(output, now));
    }
}
