using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Transports;

namespace Realtime.Sessions;

/// <summary>
/// One connection that is pushed to: a position in each of its channels and no queue of messages. While its last write is not taken it is left alone,
/// and then writes everything that came since, from memory or, when it is far behind, from the store.
/// </summary>
/// <remarks>The public members may be called from anywhere; the rest runs on the pump's thread, so it needs no lock.</remarks>
public sealed partial class Session
{
    private readonly SessionRegistry _registry;
    private readonly DeliveryPump _pump;
    private readonly ITransportConnection _connection;
    private Subscription[] _subscriptions = [];
    private Queue<Frame>? _outgoing;
    private Action? _onWritten;
    private ValueTask _write;
    private bool _writing;
    private bool _reading;
    private bool _postponed;
    private bool _signalsCameLast;
    private CloseReason? _closing;
    private bool _ended;
    private bool _left;
    private long _writeStarted;
    private long _lastPing;
    private int _next;

    internal Session(SessionRegistry registry, DeliveryPump pump, ITransportConnection connection, string user, DateTimeOffset expires, long now)
    {
        _registry = registry;
        _pump = pump;
        _connection = connection;
        User = user;
        Expires = expires;
        _lastPing = now;
        pump.Enqueue(new AttachCommand(this));
    }

    /// <summary>Who reads, as authenticated.</summary>
    public string User { get; }

    /// <summary>When the token behind the connection ends, and the connection with it.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>One of <see cref="TransportNames"/>.</summary>
    public string Transport => _connection.Transport;

    /// <summary>How many channels it reads.</summary>
    public int ChannelCount => Volatile.Read(ref _subscriptions).Length;

    /// <summary>How many messages it is behind, over its channels; a quick look, for statistics.</summary>
    public long Lag => Volatile.Read(ref _subscriptions).Sum(subscription => Math.Max(0, subscription.Log.Head - subscription.Position.Offset));

    /// <summary>Whether the network has yet to take its last write; a quick look, for statistics.</summary>
    public bool IsWriting => Volatile.Read(ref _writing);

    /// <summary>Its place in the pump's list.</summary>
    internal int PumpIndex { get; set; }

    /// <summary>Begins to read channels; those that it reads already stay where they are.</summary>
    /// <param name="channels">Valid and authorised; repetitions count once.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="applied">Called on the pump's thread with the cursor of all channels, before any message of the new ones is written; may call <see cref="Write"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for the store; then nothing has changed.</param>
    /// <returns>
    /// False, and no call, when the session would read more than <see cref="DeliveryOptions.MaxChannelsPerReader"/> channels; otherwise true, once the
    /// subscription holds. A session that has ended takes none in: true, and no call.
    /// </returns>
    /// <exception cref="RealtimeException">The store can't be reached; nothing has changed.</exception>
    public async ValueTask<bool> SubscribeAsync(
        IReadOnlyCollection<ChannelName> channels, ReadStart start, Action<CursorBuilder> applied, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentNullException.ThrowIfNull(start);
        // Spares the store a list that is too long anyway; what other calls add meanwhile is counted when the subscription is applied.
        var held = Volatile.Read(ref _subscriptions);
        if (channels.Count + held.Length > _registry.Options.MaxChannelsPerReader
            && channels.Union(held.Select(subscription => subscription.Log.Name)).Count() > _registry.Options.MaxChannelsPerReader)
            return false;
        var resolved = await _registry.ResolveAsync(channels, start, cancellationToken);
        var taken = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pump.Enqueue(new SubscribeCommand(this, resolved, applied, taken));
        return await taken.Task;
    }

    /// <summary>Stops reading channels; those that it does not read are ignored.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="applied">Called on the pump's thread with the cursor of what is left.</param>
    public void Unsubscribe(IReadOnlyList<ChannelName> channels, Action<CursorBuilder> applied) =>
        _pump.Enqueue(new UnsubscribeCommand(this, channels, applied));

    /// <summary>Writes a frame for this session alone, after what was asked before. The caller bounds how many are under way.</summary>
    public void Write(Frame frame)
    {
        // A greeting, written while the subscription is applied, must come before the messages that follow.
        if (_pump.IsCurrentThread)
            Send(frame);
        else
            _pump.Enqueue(new WriteCommand(this, frame));
    }

    /// <summary>Ends the session after what was asked before.</summary>
    public void Close(CloseReason reason) => _pump.Enqueue(new CloseCommand(this, reason, null));

    /// <summary>Advises the client to come back after <paramref name="after"/> and ends the session.</summary>
    internal void Drain(TimeSpan after) => _pump.Enqueue(new CloseCommand(this, CloseReason.ServerShutdown, after));

    /// <summary>Forgets the session; its transport calls it when the connection is gone.</summary>
    /// <returns>Completes when the session does not touch its connection any more.</returns>
    public Task DetachAsync()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pump.Enqueue(new DetachCommand(this, left));
        return left.Task;
    }
}
