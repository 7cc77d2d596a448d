using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Publishing;

public sealed class WriterRecorderTests : IAsyncDisposable
{
    private static readonly ChannelName Room = ChannelName.Parse("room");

    private readonly RecordingStore _store = new();
    private readonly WriterRecorder _recorder;

    public WriterRecorderTests() => _recorder = new WriterRecorder(TimeProvider.System, NullLogger<WriterRecorder>.Instance, _store);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_wrote_where_is_noted_once()
    {
        await _recorder.StartAsync(Cancel);

        Commit("room", "bob", "bob", "ann");
        Commit("room", "bob");
        Commit("other", "bob");
        await _store.WhenNotedAsync("bob", ChannelName.Parse("other"));

        Assert.Equal(
            [("ann", "room"), ("bob", "other"), ("bob", "room")],
            _store.Writers.Select(writer => (writer.User, writer.Channel.Value)).Order());
    }

    [Fact]
    public async Task Channels_of_one_user_are_no_places_to_write_in()
    {
        await _recorder.StartAsync(Cancel);

        Commit("user:ann", "notifier");
        Commit("timeline:ann", "notifier");
        Commit("room", "notifier");
        await _store.WhenNotedAsync("notifier", Room);

        Assert.Equal([new ChannelWriter("notifier", Room)], _store.Writers);
    }

    [Fact]
    public async Task What_could_not_be_noted_is_at_the_next_message()
    {
        var failed = new TaskCompletionSource();
        _store.Failing = failed;
        await _recorder.StartAsync(Cancel);
        Commit("room", "bob");
        await failed.Task.Within("the failure");
        // Handled before the next is taken.
        Commit("other", "ann");
        await _store.WhenNotedAsync("ann", ChannelName.Parse("other"));
        Assert.DoesNotContain(new ChannelWriter("bob", Room), _store.Writers);

        Commit("room", "bob");

        await _store.WhenNotedAsync("bob", Room);
    }

    [Fact]
    public async Task Before_the_store_keeps_up_only_so_many_wait_and_the_rest_is_noted_at_their_next_messages()
    {
        for (var number = 0; number < 20_000; number++)
            Commit("room", $"user{number}");
        await _recorder.StartAsync(Cancel);
        await _store.WhenNotedAsync("user9999", Room);

        Commit("room", "user15000");
        await _store.WhenNotedAsync("user15000", Room);

        Assert.Equal(10_001, _store.Writers.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _recorder.StopAsync(CancellationToken.None);
        _recorder.Dispose();
    }

    private void Commit(string channel, params string[] users)
    {
        var name = ChannelName.Parse(channel);
        var messages = users.Select((user, index) => Message.Create(
            new MessageDraft(name, $"{index}", Message.DefaultType, user, DateTimeOffset.UnixEpoch, "1"u8.ToArray()), index + 1)).ToList();
        _recorder.Committed([new ChannelBatch(name, new ChannelState(new Epoch(1), 1, messages.Count), messages)]);
    }

    /// <summary>Keeps who wrote, in the order in which it is told.</summary>
    private sealed class RecordingStore : IConsumerStore
    {
        private readonly InMemoryConsumerStore _inner = new();
        private readonly Lock _gate = new();
        private readonly List<ChannelWriter> _writers = [];
        private readonly List<(ChannelWriter Writer, TaskCompletionSource Noted)> _awaited = [];

        /// <summary>Makes the next call fail, and completes when it does.</summary>
        public TaskCompletionSource? Failing { get; set; }

        public IReadOnlyList<ChannelWriter> Writers
        {
            get
            {
                lock (_gate)
                    return [.. _writers];
            }
        }

        public Task WhenNotedAsync(string user, ChannelName channel)
        {
            var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                _awaited.Add((new ChannelWriter(user, channel), noted));
                Tell();
            }

            return noted.Task.Within($"{user} in {channel}");
        }

        public async ValueTask WroteAsync(IReadOnlyList<ChannelWriter> writers, DateTimeOffset time, CancellationToken cancellationToken)
        {
            if (Failing is { } failing)
            {
                Failing = null;
                failing.SetResult();
                throw new RealtimeException("down", isTransient: false);
            }

            await _inner.WroteAsync(writers, time, cancellationToken);
            lock (_gate)
            {
                _writers.AddRange(writers);
                Tell();
            }
        }

        public ValueTask<bool> CommitAsync(
            ConsumerKey consumer, Position position, DateTimeOffset time, int maxPerChannel, CancellationToken cancellationToken) =>
            _inner.CommitAsync(consumer, position, time, maxPerChannel, cancellationToken);

        public ValueTask<Position?> FindAsync(ConsumerKey consumer, CancellationToken cancellationToken) => _inner.FindAsync(consumer, cancellationToken);

        public ValueTask<bool> RemoveAsync(ConsumerKey consumer, CancellationToken cancellationToken) => _inner.RemoveAsync(consumer, cancellationToken);

        public ValueTask<IReadOnlyList<MarkedChannel>> ListAsync(string user, int limit, CancellationToken cancellationToken) =>
            _inner.ListAsync(user, limit, cancellationToken);

        private void Tell()
        {
            foreach (var (writer, noted) in _awaited)
            {
                if (_writers.Contains(writer))
                    noted.TrySetResult();
            }
        }
    }
}
