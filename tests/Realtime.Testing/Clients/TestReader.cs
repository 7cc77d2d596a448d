using System.Threading.Channels;

namespace Realtime.Testing.Clients;

/// <summary>A client that reads channels on one transport, and speaks the protocol and nothing more: it never reconnects by itself.</summary>
/// <remarks>Events are taken by one caller at a time.</remarks>
public abstract class TestReader : IAsyncDisposable
{
    private readonly Channel<ReaderEvent> _events = System.Threading.Channels.Channel.CreateUnbounded<ReaderEvent>();
    private readonly CancellationTokenSource _cut = new();

    /// <summary>Creates a reader that is not connected yet.</summary>
    protected TestReader(ServerClient server, IReadOnlyList<string> channels, string? cursor)
    {
        Server = server;
        Channels = channels;
        Cursor = cursor;
    }

    /// <summary>The cursor of the last event that was taken; before the first, the one to begin with.</summary>
    public string? Cursor { get; private set; }

    /// <summary>The user who reads.</summary>
    protected ServerClient Server { get; }

    /// <summary>The channels to begin with.</summary>
    protected IReadOnlyList<string> Channels { get; }

    /// <summary>Ends with the connection.</summary>
    protected CancellationToken WhenCut => _cut.Token;

    /// <summary>Creates a reader for a kind of transport.</summary>
    public static TestReader Create(ReaderKind kind, ServerClient server, IReadOnlyList<string> channels, string? cursor = null) => kind switch
    {
        ReaderKind.WebSocket => new WebSocketReader(server, channels, cursor),
        ReaderKind.ServerSentEvents => new EventStreamReader(server, channels, cursor),
        ReaderKind.LongPoll => new PollingReader(server, channels, cursor, TimeSpan.FromSeconds(25)),
        ReaderKind.ShortPoll => new PollingReader(server, channels, cursor, TimeSpan.Zero),
        ReaderKind.HubJson => new HubReader(server, channels, cursor, messagePack: false),
        _ => new HubReader(server, channels, cursor, messagePack: true),
    };

    /// <summary>Creates a reader and waits for its first cursor: from here on nothing is missed.</summary>
    public static async Task<TestReader> OpenAsync(ReaderKind kind, ServerClient server, IReadOnlyList<string> channels, string? cursor = null)
    {
        var reader = Create(kind, server, channels, cursor);
        await reader.OpenAsync();
        return reader;
    }

    /// <summary>Connects and asks for the channels. Completes when the server has accepted the connection; throws when it refuses.</summary>
    public abstract Task ConnectAsync();

    /// <summary>Connects and takes the events before the first cursor's, which must be that of an empty batch or of the first messages.</summary>
    public async Task OpenAsync()
    {
        await Deadline.WithinAsync(ConnectAsync(), "connection");
        if (!_events.Reader.TryPeek(out var first) || first is not BatchEvent { Messages.Count: > 0 } and not GapEvent)
            await NextAsync<BatchEvent>("first cursor");
    }

    /// <summary>Cuts the connection without a goodbye.</summary>
    public virtual void Cut()
    {
        _cut.Cancel();
        _events.Writer.TryComplete();
    }

    /// <summary>The next event of any kind.</summary>
    public async Task<ReaderEvent> NextAsync(string awaited, TimeSpan? limit = null)
    {
        var next = await Deadline.WithinAsync(_events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask(), awaited, limit);
        if (next is BatchEvent batch)
            Cursor = batch.Cursor;
        return next;
    }

    /// <summary>The next event of one kind. Pings before it are passed over; any other event there fails the test.</summary>
    public async Task<T> NextAsync<T>(string awaited, TimeSpan? limit = null)
        where T : ReaderEvent
    {
        while (true)
        {
            var next = await NextAsync(awaited, limit);
            if (next is T wanted)
                return wanted;
            // Polls and hubs may repeat their cursor with nothing new; that is no event of its own.
            if (next is not PingEvent and not BatchEvent { Messages.Count: 0 })
                Assert.Fail($"Instead of the {awaited} came {next}.");
        }
    }

    /// <summary>The next messages, exactly this many.</summary>
    public async Task<IReadOnlyList<ReceivedMessage>> TakeAsync(int count)
    {
        var taken = new List<ReceivedMessage>();
        while (taken.Count < count)
            taken.AddRange((await NextAsync<BatchEvent>($"message {taken.Count + 1} of {count}")).Messages);
        Assert.Equal(count, taken.Count);
        return taken;
    }

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        Cut();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Hands an event to the test.</summary>
    protected void Tell(ReaderEvent happened) => _events.Writer.TryWrite(happened);

    /// <summary>Hands out the end of the connection; nothing follows.</summary>
    protected void TellClosed(int? code, Exception? error)
    {
        Tell(new ClosedEvent(code, error));
        _events.Writer.TryComplete();
    }
}
