using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Publishing;

namespace Realtime.Feeds.Live;

/// <summary>
/// Signals posts and deletions to connected followers, on their <c>timeline:{user}</c>, whatever the strategy. At most once: what was missed is read from the timeline.
/// </summary>
internal sealed class LiveTimelines : BackgroundService
{
    internal const string Namespace = "timeline";

    private const int MaxWaiting = 10_000;
    private static readonly TimeSpan SeenInterval = TimeSpan.FromMinutes(4);

    private readonly Channel<Message> _waiting = Channel.CreateBounded<Message>(new BoundedChannelOptions(MaxWaiting)
    {
        SingleReader = true,
        SingleWriter = false,
        FullMode = BoundedChannelFullMode.DropOldest,
        AllowSynchronousContinuations = false,
    });

    private readonly ConcurrentDictionary<string, LiveReader> _readers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HashSet<LiveReader>> _byAuthor = new(StringComparer.Ordinal);
    private readonly IFollowGraph _graph;
    private readonly ChannelLogs _logs;
    private readonly FrameSender _sender;
    private readonly ReaderActivity _activity;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long _open;

    public LiveTimelines(
        IFollowGraph graph, ChannelLogs logs, FrameSender sender, FrameReceiver receiver, ReaderActivity activity, TimeProvider time, ILogger<LiveTimelines> logger)
    {
        _graph = graph;
        _logs = logs;
        _sender = sender;
        _activity = activity;
        _time = time;
        _logger = logger;
        logs.Opened += Opened;
        logs.Closed += Closed;
        receiver.Handle(FrameKind.Post, (_, body) => TakePost(body));
        receiver.Handle(FrameKind.Follows, (_, body) => Reload(body.ReadText()));
    }

    /// <summary>Readers who are connected here.</summary>
    internal int Readers => _readers.Count;

    /// <summary>Authors whom somebody follows who is connected here.</summary>
    internal int Authors => _byAuthor.Count;

    /// <summary>Posts whose signals are under way.</summary>
    internal long Waiting => Volatile.Read(ref _open);

    /// <summary>Lets connected followers, here and on other nodes, have a post, or hear of its deletion.</summary>
    internal void Post(Message message)
    {
        Enqueue(message);
        if (!_sender.IsActive)
            return;
        var frame = new FrameWriter();
        MessageFrame.Write(frame, new ChannelBatch(message.Channel, new ChannelState(default, 1, message.Offset), [message]), 0);
        _sender.TrySend(FrameKind.Post, ShardInterest.NodeShard, frame);
    }

    /// <summary>Takes note that a user follows others than before.</summary>
    internal void FollowsChanged(string user)
    {
        Reload(user);
        if (!_sender.IsActive)
            return;
        var frame = new FrameWriter();
        frame.WriteText(user);
        _sender.TrySend(FrameKind.Follows, ShardInterest.NodeShard, frame);
    }

    /// <summary>Completes when a reader who is connected gets live whatever comes from now on, so that nothing falls between a read and the first signal.</summary>
    internal Task ReadyAsync(string user) => _readers.TryGetValue(user, out var reader) ? reader.Loading : Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = _time.CreateTimer(_ => NoteReaders(), null, SeenInterval, SeenInterval);
        await foreach (var message in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            Deliver(message);
            Interlocked.Decrement(ref _open);
        }
    }

    public override void Dispose()
    {
        _logs.Opened -= Opened;
        _logs.Closed -= Closed;
        base.Dispose();
    }

    private void NoteReaders()
    {
        foreach (var (user, reader) in _readers)
        {
            if (reader.Log.IsLeased)
                _activity.Seen(user);
        }
    }

    private void TakePost(FrameReader body)
    {
        var (channel, _, first) = MessageFrame.Read(ref body, out var block);
        if (!PostRef.IsPosts(channel))
            return;
        foreach (var message in MessageFrame.ReadBlock(channel, first, block))
            Enqueue(message);
    }

    private void Enqueue(Message message)
    {
        // The oldest one makes room: signals may be lost, and the newest are worth most.
        if (_waiting.Reader.Count < MaxWaiting)
            Interlocked.Increment(ref _open);
        _waiting.Writer.TryWrite(message);
    }

    private void Deliver(Message message)
    {
        var author = PostRef.AuthorOf(message.Channel);
        if (!_byAuthor.TryGetValue(author, out var readers))
            return;
        LiveReader[] reached;
        lock (readers)
            reached = [.. readers];
        var isDeletion = message.Type == Message.DeletedType;
        var data = isDeletion ? Deletion(message.Id, author) : message.Json;
        foreach (var reader in reached)
            reader.Log.Append(new Signal(new MessageDraft(reader.Log.Name, message.Id, isDeletion ? "delete" : "post", message.User, message.Time, data)));
    }

    private static byte[] Deletion(string id, string author) =>
        Encoding.UTF8.GetBytes($$"""{"id":"{{JsonEncodedText.Encode(id)}}","author":"{{JsonEncodedText.Encode(author)}}"}""");

    private void Opened(ChannelLog log)
    {
        if (log.Name.Namespace is not Namespace || log.Name.Value.Length <= Namespace.Length + 1)
            return;
        var reader = new LiveReader(log.Name.Value[(Namespace.Length + 1)..], log);
        _readers[reader.User] = reader;
        _activity.Seen(reader.User);
        reader.Loading = LoadAsync(reader);
    }

    private void Closed(ChannelLog log)
    {
        if (log.Name.Namespace is not Namespace || log.Name.Value.Length <= Namespace.Length + 1
            || !_readers.TryGetValue(log.Name.Value[(Namespace.Length + 1)..], out var reader) || reader.Log != log)
            return;
        _readers.TryRemove(KeyValuePair.Create(reader.User, reader));
        lock (reader.Gate)
        {
            reader.IsClosed = true;
            SetAuthors(reader, []);
        }
    }

    private void Reload(string user)
    {
        if (_readers.TryGetValue(user, out var reader))
            reader.Loading = LoadAsync(reader);
    }

    private async Task LoadAsync(LiveReader reader)
    {
        // Off the thread of whoever subscribes, and numbered: of two loads the later one counts.
        var number = Interlocked.Increment(ref reader.Loads);
        await Task.Yield();
        try
        {
            var authors = new HashSet<string>(await _graph.GetAllFollowsAsync(reader.User, CancellationToken.None), StringComparer.Ordinal) { reader.User };
            lock (reader.Gate)
            {
                if (!reader.IsClosed && number == Volatile.Read(ref reader.Loads))
                    SetAuthors(reader, authors);
            }
        }
        catch (RealtimeException exception)
        {
            Log.LiveFollowsFailed(_logger, exception);
        }
    }

    private void SetAuthors(LiveReader reader, HashSet<string> authors)
    {
        foreach (var author in reader.Authors.Except(authors, StringComparer.Ordinal).ToList())
        {
            if (!_byAuthor.TryGetValue(author, out var readers))
                continue;
            lock (readers)
            {
                readers.Remove(reader);
                if (readers.Count == 0)
                    _byAuthor.TryRemove(KeyValuePair.Create(author, readers));
            }
        }

        foreach (var author in authors.Except(reader.Authors, StringComparer.Ordinal).ToList())
            Add(author, reader);
        reader.Authors = authors;
    }

    private void Add(string author, LiveReader reader)
    {
        while (true)
        {
            var readers = _byAuthor.GetOrAdd(author, static _ => []);
            lock (readers)
            {
                // It was taken out between the two steps, because nobody was left in it.
                if (!_byAuthor.TryGetValue(author, out var current) || current != readers)
                    continue;
                readers.Add(reader);
                return;
            }
        }
    }

    private sealed class LiveReader(string user, ChannelLog log)
    {
        internal int Loads;

        internal string User => user;

        internal ChannelLog Log => log;

        internal Lock Gate { get; } = new();

        internal Task Loading { get; set; } = Task.CompletedTask;

        internal HashSet<string> Authors { get; set; } = [];

        internal bool IsClosed { get; set; }
    }
}
