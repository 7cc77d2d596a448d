using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Delivery;

/// <summary>
/// Reads logs behind their tails. Pages are aligned and shared: readers that come back together wait for one read of the store instead of each making its own.
/// </summary>
public sealed class LogReader(IMessageStore store, DeliveryOptions options)
{
    /// <summary>Messages in a page.</summary>
    internal const int PageSize = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<PageKey, LinkedListNode<Page>> _pages = [];
    private readonly LinkedList<Page> _byUse = [];
    private long _bytes;
    private long _storeReads;

    /// <summary>Reads of the store since the start.</summary>
    public long StoreReads => Volatile.Read(ref _storeReads);

    /// <summary>The bytes of the pages that are kept.</summary>
    internal long CachedBytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Some of the messages that follow <paramref name="from"/>, from the store.</summary>
    /// <param name="log">The log, held by the caller.</param>
    /// <param name="from">A position that is behind the log's tail.</param>
    /// <param name="cancellationToken">Cancels the wait; others who wait for the same page go on.</param>
    /// <param name="ahead">How many pages the caller wants after this one: those that nobody reads yet are read along with it.</param>
    /// <returns>Empty when the log changed meanwhile: the caller looks at it again.</returns>
    /// <exception cref="RealtimeException">The store can't be read, or has less than it once acknowledged.</exception>
    internal async Task<IReadOnlyList<Message>> ReadPageAsync(ChannelLog log, Position from, CancellationToken cancellationToken, int ahead = 0)
    {
        var page = from.Offset / PageSize;
        var key = new PageKey(log.Name, from.Epoch, page);
        Task<MessagePage> reading;
        bool joined;
        lock (_gate)
        {
            joined = _pages.TryGetValue(key, out var node);
            if (joined)
            {
                _byUse.Remove(node!);
                _byUse.AddLast(node!);
            }
            else
            {
                node = Begin(log, key, ahead);
            }

            reading = node!.Value.Reading;
        }

        var read = await reading.WaitAsync(cancellationToken);
        log.Observe(read.State);
        var skip = 0;
        while (skip < read.Messages.Count && read.Messages[skip].Offset <= from.Offset)
            skip++;
        // What follows must follow at once: where the page begins later, it was trimmed, and the log knows it now.
        if (skip < read.Messages.Count)
            return read.Messages[skip].Offset == from.Offset + 1 ? From(read.Messages, skip) : [];
        // A read that began before this reader asked may be older than what it looks for; its own can't be.
        if (!joined && read.State.Epoch == from.Epoch && read.State.First <= from.Offset + 1)
            throw new RealtimeException($"The message store no longer has offset {from.Offset + 1} of '{log.Name}'.", isTransient: false);
        return [];
    }

    /// <summary>Drops the page that holds an offset, because what the store has there has changed.</summary>
    internal void Forget(ChannelName channel, Position position)
    {
        lock (_gate)
        {
            if (_pages.TryGetValue(new PageKey(channel, position.Epoch, (position.Offset - 1) / PageSize), out var page))
                Drop(page);
        }
    }

    private static IReadOnlyList<Message> From(IReadOnlyList<Message> messages, int skip)
    {
        if (skip == 0)
            return messages;
        var array = messages as Message[] ?? [.. messages];
        return new ArraySegment<Message>(array, skip, array.Length - skip);
    }

    /// <summary>Begins one read of the store for a page and as many as are missing of those that follow; the gate is held.</summary>
    private LinkedListNode<Page> Begin(ChannelLog log, PageKey first, int ahead)
    {
        var last = Math.Min(first.Number + ahead, log.Head / PageSize);
        var count = 1;
        while (first.Number + count <= last && !_pages.ContainsKey(first with { Number = first.Number + count }))
            count++;
        Interlocked.Increment(ref _storeReads);
        var reading = ReadAsync(log, first.Number, count);
        var node = Add(first, count == 1 ? reading : PartAsync(reading, first.Number));
        for (var number = first.Number + 1; number < first.Number + count; number++)
            Add(first with { Number = number }, PartAsync(reading, number));
        return node;
    }

    private LinkedListNode<Page> Add(PageKey key, Task<MessagePage> reading)
    {
        var node = _byUse.AddLast(new Page(key, reading));
        _pages.Add(key, node);
        _ = SettleAsync(node);
        return node;
    }

    // On a thread of the pool, so that no store works while the gate is held.
    private Task<MessagePage> ReadAsync(ChannelLog log, long page, int count) =>
        Task.Run(() => store.ReadAsync(log.Name, page * PageSize, count * PageSize, CancellationToken.None).AsTask());

    private static async Task<MessagePage> PartAsync(Task<MessagePage> reading, long page)
    {
        var read = await reading;
        // Contiguous, but the beginning may have been trimmed away.
        var first = read.Messages.Count == 0 ? 0 : read.Messages[0].Offset;
        var skip = Math.Clamp((page * PageSize) + 1 - first, 0, read.Messages.Count);
        var end = Math.Clamp(((page + 1) * PageSize) + 1 - first, 0, read.Messages.Count);
        return read with { Messages = read.Messages.Skip((int)skip).Take((int)(end - skip)).ToArray() };
    }

    private async Task SettleAsync(LinkedListNode<Page> node)
    {
        // Those who wait for the page get its error; here it only must not be kept.
        await ((Task)node.Value.Reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var messages = node.Value.Reading.IsCompletedSuccessfully ? node.Value.Reading.Result.Messages : [];
        var full = messages.Count == PageSize;
        lock (_gate)
        {
            node.Value.Bytes = messages.Sum(message => message.Json.Length);
            _bytes += node.Value.Bytes;
            // A page that is not full yet will be read again by whoever comes later.
            if (!full)
                Drop(node);
            for (var oldest = _byUse.First; oldest is not null && _bytes > options.MaxPageBytes;)
            {
                var next = oldest.Next;
                // Those that are still being read weigh nothing yet, and are shared until they have been.
                if (oldest.Value.Bytes > 0)
                    Drop(oldest);
                oldest = next;
            }
        }
    }

    private void Drop(LinkedListNode<Page> node)
    {
        if (!_pages.Remove(node.Value.Key))
            return;
        _byUse.Remove(node);
        _bytes -= node.Value.Bytes;
    }

    private readonly record struct PageKey(ChannelName Channel, Epoch Epoch, long Number);

    private sealed class Page(PageKey key, Task<MessagePage> reading)
    {
        internal PageKey Key { get; } = key;

        internal Task<MessagePage> Reading { get; } = reading;

        internal int Bytes { get; set; }
    }
}
