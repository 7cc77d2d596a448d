using Realtime.Channels;
using Realtime.Stores.PostgreSql;

namespace Realtime.Stores.Tests;

/// <summary>Several nodes on one schema.</summary>
public sealed class PostgreSqlNodesTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    private readonly PostgreSqlSchemas _schemas = new();
    private readonly List<PostgreSqlMessageStore> _nodes = [];
    private string _schema = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _schema = _schemas.New();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _schemas.DisposeAsync();
    }

    [Fact]
    public async Task Appends_of_two_nodes_to_the_same_channels_are_contiguous_and_seen_by_both()
    {
        const int rounds = 30, channels = 5;
        var nodes = new[] { await OpenAsync(), await OpenAsync() };
        var names = Enumerable.Range(0, channels).Select(i => ChannelName.Parse($"room:{i}")).ToArray();

        // Four appends go on at each node, each with its channels in another order.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var all = new List<AppendOutcome>();
            for (var round = 0; round < rounds; round++)
            {
                var order = names.OrderBy(_ => random.Next()).ToArray();
                all.AddRange(await nodes[caller % 2].AppendAsync(
                    [.. order.Concat(order).Select((name, i) => Draft($"{caller}-{round}-{i}", name))], Cancel));
            }

            return all;
        }, Cancel)));

        Assert.All(outcomes.SelectMany(all => all), outcome => Assert.False(outcome.IsDuplicate));
        foreach (var name in names)
        {
            var expected = outcomes.SelectMany(all => all).Select(outcome => outcome.Message).Where(message => message.Channel == name)
                .Select(message => (message.Offset, message.Id)).Order().ToArray();
            Assert.Equal([.. Enumerable.Range(1, 8 * rounds * 2).Select(i => (long)i)], [.. expected.Select(message => message.Offset)]);
            foreach (var node in nodes)
            {
                var page = await node.ReadAsync(name, 0, 10_000, Cancel);
                Assert.Equal(expected, page.Messages.Select(message => (message.Offset, message.Id)));
            }
        }
    }

    [Fact]
    public async Task New_and_old_channels_in_opposite_orders_never_lock_each_other_out()
    {
        const int rounds = 40, width = 20;
        var nodes = new[] { await OpenAsync(), await OpenAsync() };

        // Each round has channels of the rounds before, which are locked, and new ones, which both nodes make at once.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var round = 0; round < rounds; round++)
            {
                var names = Enumerable.Range(round * 5, width).Select(i => ChannelName.Parse($"room:{i * 7919 % 1009}"));
                var drafts = names.Select(name => Draft($"{caller}-{round}", name)).ToArray();
                if (caller % 2 == 1)
                    Array.Reverse(drafts);
                await nodes[caller % 2].AppendAsync(drafts, Cancel);
            }
        }, Cancel)));

        var all = Enumerable.Range(0, ((rounds - 1) * 5) + width).Select(i => ChannelName.Parse($"room:{i * 7919 % 1009}")).ToArray();
        var states = await nodes[0].GetStatesAsync(all, Cancel);
        Assert.Equal(4 * rounds * width, states.Sum(state => state.Head));
    }

    [Fact]
    public async Task The_same_ids_on_two_nodes_at_once_are_one_message_each()
    {
        var nodes = new[] { await OpenAsync(), await OpenAsync() };
        for (var round = 0; round < 20; round++)
        {
            var drafts = Enumerable.Range(0, 10).Select(i => Draft($"{round}-{i}")).ToArray();
            var outcomes = await Task.WhenAll(nodes.Concat(nodes).Select(node => Task.Run(async () => await node.AppendAsync(drafts, Cancel), Cancel)));

            Assert.Equal(10, outcomes.SelectMany(batch => batch).Count(outcome => !outcome.IsDuplicate));
            Assert.Single(outcomes.Select(batch => string.Join(' ', batch.Select(outcome => outcome.Message.Offset))).Distinct());
        }

        Assert.Equal(200, (await nodes[1].GetStateAsync(Room, Cancel)).Head);
    }

    [Fact]
    public async Task A_node_whose_clock_is_behind_stores_the_newest_time_and_tells_it()
    {
        var (ahead, behind) = (await OpenAsync(), await OpenAsync());
        var newest = Start.AddMinutes(5);
        await ahead.AppendAsync([Draft("a") with { Time = newest }], Cancel);

        var other = ChannelName.Parse("other");
        var outcomes = await behind.AppendAsync([Draft("b"), Draft("c") with { Time = newest.AddSeconds(1) }, Draft("d", other)], Cancel);

        Assert.Equal([newest, newest.AddSeconds(1), Start], [.. outcomes.Select(outcome => outcome.Message.Time)]);
        Assert.Contains("08:05:00.000Z", System.Text.Encoding.UTF8.GetString(outcomes[0].Message.Json.Span), StringComparison.Ordinal);
        var stored = (await ahead.ReadAsync(Room, 0, 10, Cancel)).Messages;
        Assert.Equal([newest, newest, newest.AddSeconds(1)], [.. stored.Select(message => message.Time)]);
        Assert.Equal(1, await behind.FindOffsetAsync(Room, newest, Cancel));
        Assert.Equal(3, await behind.FindOffsetAsync(Room, newest.AddTicks(1), Cancel));
    }

    [Fact]
    public async Task Nodes_that_start_at_once_make_one_store()
    {
        var nodes = Enumerable.Range(0, 8).Select(_ => New()).ToArray();

        await Task.WhenAll(nodes.Select(node => Task.Run(async () => await node.OpenAsync(Cancel), Cancel)));

        var states = await Task.WhenAll(nodes.Select(async node => await node.GetStateAsync(Room, Cancel)));
        Assert.Single(states.Distinct());
        await nodes[0].AppendAsync([Draft("a")], Cancel);
        Assert.True((await nodes[7].AppendAsync([Draft("a")], Cancel))[0].IsDuplicate);
    }

    [Fact]
    public async Task Two_nodes_that_trim_at_once_move_each_channel_once()
    {
        const int channels = 600, messages = 4;
        var options = new MessageStoreOptions { Retention = { ["Default"] = new RetentionRule { MaxAge = TimeSpan.FromHours(1) } } };
        var nodes = new[] { await OpenAsync(options), await OpenAsync(options) };
        var names = Enumerable.Range(0, channels).Select(i => ChannelName.Parse($"room:{i}")).ToArray();
        await nodes[0].AppendAsync([.. Enumerable.Range(0, messages).SelectMany(k => names.Select(name => Draft($"{k}", name)))], Cancel);

        var rounds = await Task.WhenAll(nodes.Select(node => Task.Run(async () => await node.TrimAsync(Start.AddDays(1), Cancel), Cancel)));
        // Whoever came second has left it to the other; both may have stopped only when they met at the very same step.
        var rest = await nodes[0].TrimAsync(Start.AddDays(1), Cancel);

        var moved = rounds.SelectMany(round => round).Concat(rest).ToArray();
        Assert.Equal(names.ToHashSet(), moved.Select(channel => channel.Channel).ToHashSet());
        Assert.Equal(channels, moved.Length);
        Assert.All(moved, channel => Assert.Equal((messages + 1, messages), (channel.State.First, channel.State.Head)));
        Assert.Equal(0L, await _schemas.ExecuteAsync($"SELECT count(*) FROM {_schema}.messages"));
    }

    [Fact]
    public async Task Trimming_beside_appends_to_the_same_channels_ends()
    {
        var options = new MessageStoreOptions
        {
            DeduplicationWindow = TimeSpan.FromSeconds(1),
            Retention = { ["Default"] = new RetentionRule { MaxMessages = 5 } },
        };
        var nodes = new[] { await OpenAsync(options), await OpenAsync(options) };
        var names = Enumerable.Range(0, 60).Select(i => ChannelName.Parse($"room:{i}")).ToArray();

        var appending = Task.WhenAll(nodes.Select((node, n) => Task.Run(async () =>
        {
            for (var round = 0; round < 30; round++)
                await node.AppendAsync([.. names.Select(name => Draft($"{n}-{round}", name))], Cancel);
        }, Cancel)));
        do
        {
            foreach (var node in nodes)
                await node.TrimAsync(Start.AddHours(1), Cancel);
        }
        while (!appending.IsCompleted);
        await appending;

        Assert.All(await nodes[0].GetStatesAsync(names, Cancel), state => Assert.Equal((56, 60), (state.First, state.Head)));
        await nodes[0].TrimAsync(Start.AddHours(1), Cancel);
        Assert.Equal(names.Length * 5L, await _schemas.ExecuteAsync($"SELECT count(*) FROM {_schema}.messages"));
    }

    [Fact]
    public async Task Of_nodes_that_offer_a_secret_at_once_all_get_the_same()
    {
        var nodes = new[] { await OpenAsync(), await OpenAsync(), await OpenAsync(), await OpenAsync() };

        for (var round = 0; round < 10; round++)
        {
            var secrets = await Task.WhenAll(nodes.Select((node, i) => Task.Run(
                async () => Convert.ToHexString(await node.LoadOrCreateAsync($"key-{round}", [(byte)round, (byte)i], Cancel)), Cancel)));
            Assert.Single(secrets.Distinct());
            Assert.Equal(secrets[0], Convert.ToHexString(await (await OpenAsync()).LoadOrCreateAsync($"key-{round}", [9, 9, 9], Cancel)));
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await nodes[0].LoadOrCreateAsync("", [1], Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await nodes[0].LoadOrCreateAsync(new string('x', 65), [1], Cancel));
    }

    private static MessageDraft Draft(string id, ChannelName? channel = null) =>
        new(channel ?? Room, id, Message.DefaultType, "alice", Start, "1"u8.ToArray());

    private PostgreSqlMessageStore New(MessageStoreOptions? options = null)
    {
        var node = _schemas.StoreAt(_schema, options ?? new MessageStoreOptions());
        _nodes.Add(node);
        return node;
    }

    private async Task<PostgreSqlMessageStore> OpenAsync(MessageStoreOptions? options = null)
    {
        var node = New(options);
        await node.OpenAsync(Cancel);
        return node;
    }
}
