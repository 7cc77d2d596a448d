using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Sessions;

/// <summary>Readers that stall, break and come back in every way at random, under publishers that never rest; every message is checked.</summary>
public sealed class SessionStressTests
{
    private const int Messages = 4000;
    private const int Publishers = 4;

    private static readonly ChannelName[] Channels = [.. Enumerable.Range(0, 4).Select(number => ChannelName.Parse($"room:{number}"))];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    public async Task Whatever_happens_to_readers_each_sees_every_message_once_and_in_order(int seed, int pumps)
    {
        var retention = new MessageStoreOptions { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = 1_000_000 } } };
        await using var node = await MemoryNode.StartAsync(delivery: new DeliveryOptions { Pumps = pumps }, store: retention);
        var random = new Random(seed);
        var readers = Enumerable.Range(0, 12).Select(_ => ReadAllAsync(node, new Random(random.Next()))).ToList();
        var polls = Enumerable.Range(0, 4).Select(_ => PollAllAsync(node, new Random(random.Next()))).ToList();
        var droppings = DropTailsAsync(node, Task.WhenAll(readers), new Random(random.Next()));

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(_ => PublishAllAsync(node, new Random(random.Next()))));
        await Task.WhenAll([.. readers, .. polls, droppings]).Within("every reader has everything");

        Assert.Equal(0, node.Metrics.OpenConnections.Values.Sum());
    }

    private static async Task PublishAllAsync(MemoryNode node, Random random)
    {
        for (var published = 0; published < Messages / Publishers;)
        {
            var burst = Math.Min(random.Next(1, 200), (Messages / Publishers) - published);
            // One after the other in each publisher, so that every channel gets its share, whatever the sizes.
            for (var i = 0; i < burst; i++, published++)
                await node.PublishAsync(Channels[published % Channels.Length], data: $"\"{new string('x', random.Next(300))}\"");
            await Task.Yield();
        }
    }

    private static async Task ReadAllAsync(MemoryNode node, Random random)
    {
        var model = new ReaderModel();
        // Some read one channel and share frames, some read all.
        var channels = random.Next(2) == 0 ? Channels : [Channels[random.Next(Channels.Length)]];
        var cursor = "earliest";
        while (!model.HasAll(channels))
        {
            var reader = node.Open();
            await reader.SubscribeAsync(cursor, channels);
            for (var moods = random.Next(1, 6); moods > 0 && !model.HasAll(channels, reader.Connection.Messages); moods--)
                await SufferAsync(reader, random, model, channels);
            if (random.Next(2) == 0)
                reader.Connection.Fail(new IOException());
            await reader.DetachAsync();
            cursor = model.Take(reader.Connection) ?? cursor;
        }
    }

    private static async Task SufferAsync(MemoryReader reader, Random random, ReaderModel model, ChannelName[] channels)
    {
        var connection = reader.Connection;
        var target = connection.Messages.Count + random.Next(1, 400);
        switch (random.Next(4))
        {
            case 0:
                connection.Stall();
                await connection.WhenAsync(it => it.IsHolding || model.HasAll(channels, it.Messages), "a write");
                connection.Resume();
                break;
            case 1:
                connection.Stall();
                await connection.WhenAsync(it => it.IsHolding || model.HasAll(channels, it.Messages), "a write");
                connection.ReleaseOne();
                break;
            case 2:
                // What it reads already stays where it is, whatever the cursor of a second subscribe says.
                await reader.SubscribeAsync("earliest", channels[0]);
                break;
            default:
                connection.Resume();
                await connection.WhenAsync(it => it.Messages.Count >= target || model.HasAll(channels, it.Messages), $"{target} messages");
                break;
        }
    }

    private static async Task PollAllAsync(MemoryNode node, Random random)
    {
        var model = new ReaderModel();
        var cursor = "earliest";
        while (!model.HasAll(Channels))
        {
            Assert.True(ReadStart.TryParse(cursor, out var start));
            var wait = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(1, 50));
            var answer = await node.Polls.PollAsync(new PollRequest(Channels, start, random.Next(1, 300), wait), TestContext.Current.CancellationToken);
            // A lost answer: the client asks again from where it was.
            if (random.Next(4) == 0)
                continue;
            Assert.Empty(answer.Gaps);
            model.Take(answer.Messages.Select(message => new ReceivedMessage(message.Channel.Value, message.Offset, message.Id)));
            cursor = answer.Cursor;
        }
    }

    private static async Task DropTailsAsync(MemoryNode node, Task until, Random random)
    {
        while (!until.IsCompleted)
        {
            foreach (var log in node.Logs.All.Where(_ => random.Next(8) == 0))
                log.DropTail();
            await Task.WhenAny(until, Task.Delay(TimeSpan.FromMilliseconds(5), node.Time, TestContext.Current.CancellationToken));
        }
    }

    /// <summary>What one reader has seen, over all its connections.</summary>
    private sealed class ReaderModel
    {
        private readonly Dictionary<string, long> _heads = Channels.ToDictionary(channel => channel.Value, _ => 0L);

        internal bool HasAll(ChannelName[] channels) => Array.TrueForAll(channels, channel => _heads[channel.Value] == Messages / Channels.Length);

        internal bool HasAll(ChannelName[] channels, IReadOnlyList<ReceivedMessage> more) =>
            Array.TrueForAll(channels, channel => Math.Max(_heads[channel.Value], LastOf(more, channel)) == Messages / Channels.Length);

        /// <returns>The newest cursor; null when there was none.</returns>
        internal string? Take(MemoryConnection connection)
        {
            Assert.DoesNotContain("gap", connection.Kinds);
            Take(connection.Messages);
            return connection.Cursor;
        }

        internal void Take(IEnumerable<ReceivedMessage> messages)
        {
            foreach (var message in messages)
                Assert.Equal(++_heads[message.Channel], message.Offset);
        }

        private static long LastOf(IReadOnlyList<ReceivedMessage> messages, ChannelName channel) =>
            messages.LastOrDefault(message => message.Channel == channel.Value).Offset;
    }
}
