using System.Text;
using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Conformance;

/// <summary>
/// What every message store has to do. A subclass says how one is made; see also <see cref="DurableMessageStoreConformance"/>.
/// </summary>
public abstract partial class MessageStoreConformance : IAsyncLifetime
{
    /// <summary>The time of the first message of every test; nothing here reads a clock.</summary>
    protected static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    protected static readonly ChannelName Room = ChannelName.Parse("room:general");

    private readonly List<IMessageStore> _stores = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes an empty store, not yet opened; the suite opens and disposes it.</summary>
    protected abstract ValueTask<IMessageStore> CreateAsync(MessageStoreOptions options);

    /// <summary>Removes what the stores of a test left behind; they are disposed by then.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var store in _stores)
            await store.DisposeAsync();
        await CleanUpAsync();
    }

    protected async Task<IMessageStore> OpenAsync(MessageStoreOptions? options = null) =>
        await OpenAsync(await CreateAsync(options ?? new MessageStoreOptions()));

    protected async Task<IMessageStore> OpenAsync(IMessageStore store)
    {
        _stores.Add(store);
        await store.OpenAsync(Cancel);
        return store;
    }

    /// <summary>Options whose default rule is the given one.</summary>
    protected static MessageStoreOptions Keep(int maxMessages = 10_000, TimeSpan? maxAge = null, TimeSpan? window = null) => new()
    {
        DeduplicationWindow = window ?? TimeSpan.FromMinutes(10),
        Retention = { ["Default"] = new RetentionRule { MaxMessages = maxMessages, MaxAge = maxAge ?? TimeSpan.FromDays(7) } },
    };

    /// <summary>The draft of message number <paramref name="number"/>, accepted that many seconds after <see cref="Start"/>.</summary>
    protected static MessageDraft Draft(int number, ChannelName? channel = null, string? id = null) => new(
        channel ?? Room,
        id ?? $"id-{number}",
        Message.DefaultType,
        "alice",
        Start.AddSeconds(number),
        Encoding.UTF8.GetBytes($$"""{"number":{{number}}}"""));

    protected static MessageDraft[] Drafts(int first, int count, ChannelName? channel = null) =>
        [.. Enumerable.Range(first, count).Select(number => Draft(number, channel))];

    /// <summary>Appends messages <paramref name="first"/> … in one batch.</summary>
    protected static async Task<IReadOnlyList<AppendOutcome>> AppendAsync(
        IMessageStore store, int first, int count, ChannelName? channel = null) =>
        await store.AppendAsync(Drafts(first, count, channel), Cancel);

    protected static async Task<long[]> OffsetsAsync(IMessageStore store, ChannelName? channel = null, long after = 0, int limit = 100_000)
    {
        var page = await store.ReadAsync(channel ?? Room, after, limit, Cancel);
        return Offsets(page.Messages);
    }

    protected static long[] Offsets(IEnumerable<Message> messages) => [.. messages.Select(message => message.Offset)];

    protected static long[] Offsets(IEnumerable<AppendOutcome> outcomes) => [.. outcomes.Select(outcome => outcome.Message.Offset)];

    protected static async Task<(long First, long Head)> BoundsAsync(IMessageStore store, ChannelName? channel = null)
    {
        var state = await store.GetStateAsync(channel ?? Room, Cancel);
        return (state.First, state.Head);
    }

    protected static long[] Range(long first, long last) => [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i)];

    protected static void AssertSame(Message expected, Message actual)
    {
        Assert.Equal(expected.Channel, actual.Channel);
        Assert.Equal(expected.Offset, actual.Offset);
        Assert.Equal(expected.Id, actual.Id);
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.User, actual.User);
        Assert.Equal(expected.Time, actual.Time);
        Assert.True(expected.Data.Span.SequenceEqual(actual.Data.Span), "data differs");
        Assert.True(expected.Json.Span.SequenceEqual(actual.Json.Span), "json differs");
    }
}
