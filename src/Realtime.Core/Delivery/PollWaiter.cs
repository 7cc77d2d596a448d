using System.Threading.Tasks.Sources;
using Realtime.Channels;

namespace Realtime.Delivery;

/// <summary>A parked poll: wakes once, at the first append to any of its channels, when its time is up, or when the client or the server goes.</summary>
internal sealed class PollWaiter : IValueTaskSource<bool>, IDisposable
{
    private readonly Node[] _nodes;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _cancelled;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _done;

    internal PollWaiter(IReadOnlyList<ChannelLog> logs, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        _nodes = new Node[logs.Count];
        _timer = time.CreateTimer(static state => ((PollWaiter)state!).Finish(false), this, wait, Timeout.InfiniteTimeSpan);
        _cancelled = cancellationToken.UnsafeRegister(static state => ((PollWaiter)state!).Finish(false), this);
        for (var i = 0; i < _nodes.Length; i++)
        {
            _nodes[i] = new Node(this, logs[i]);
            logs[i].AddWaiter(_nodes[i]);
        }
    }

    /// <summary>Completes with true when there may be something to read, with false when there is nothing to wait for any longer.</summary>
    internal ValueTask<bool> Woken => new(this, _source.Version);

    internal void Wake() => Finish(true);

    private void Finish(bool woken)
    {
        if (Interlocked.Exchange(ref _done, 1) == 0)
            _source.SetResult(woken);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _cancelled.Dispose();
        foreach (var node in _nodes)
            node.Log.RemoveWaiter(node);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>A waiter's place in the list of one log; the list is guarded by the log.</summary>
    internal sealed class Node(PollWaiter waiter, ChannelLog log)
    {
        private Node? _previous;

        internal PollWaiter Waiter { get; } = waiter;

        internal ChannelLog Log { get; } = log;

        internal Node? Next { get; private set; }

        internal static void Insert(ref Node? head, Node node)
        {
            node.Next = head;
            if (head is not null)
                head._previous = node;
            head = node;
        }

        internal static void Remove(ref Node? head, Node node)
        {
            if (node._previous is not null)
                node._previous.Next = node.Next;
            else
                head = node.Next;
            if (node.Next is not null)
                node.Next._previous = node._previous;
            node._previous = null;
        }
    }
}
