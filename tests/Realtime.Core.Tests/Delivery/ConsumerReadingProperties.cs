using CsCheck;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Delivery;

/// <summary>Whatever is published, trimmed, committed and dropped from memory in whatever order, a fetch gives what the store holds after the place, or a gap.</summary>
public sealed class ConsumerReadingProperties
{
    private const int MaxMessages = 300;

    private static readonly ChannelName Room = ChannelName.Parse("room");
    private static readonly ConsumerKey[] Consumers = [.. new[] { "one", "two", "me" }.Select(name => ConsumerKey.Of(Room, name, "bob"))];

    private static readonly Gen<ConsumerKey> Consumer = Gen.Int[0, Consumers.Length - 1].Select(index => Consumers[index]);

    // Places are told as parts of the head in thousandths, a little beyond it as well.
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (4, Gen.Int[1, 250].Select(Step (count) => new Publish(count))),
        (2, Gen.Const(Step () => new Trim())),
        (2, Gen.Const(Step () => new Forget())),
        (4, Gen.Select(Consumer, Gen.Int[0, 1_000], Gen.Frequency((9, Gen.Const(false)), (1, Gen.Const(true))), Step (consumer, place, elsewhere) => new Commit(consumer, place, elsewhere))),
        (1, Consumer.Select(Step (consumer) => new Remove(consumer))),
        (6, Gen.Select(Consumer, Gen.Int[1, 400], Step (consumer, limit) => new Fetch(consumer, limit, null))),
        (3, Gen.Select(Consumer, Gen.Int[1, 400], Gen.Int[0, 1_020], Step (consumer, limit, after) => new Fetch(consumer, limit, after))));

    [Fact]
    public async Task A_fetch_gives_what_follows_the_place_once_and_in_order_or_tells_of_a_gap() => await Steps.Array[5, 60].SampleAsync(
        async steps =>
        {
            await using var world = await World.StartAsync();
            foreach (var step in steps)
                await step.RunAsync(world);
        },
        iter: 150,
        threads: 1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed class World(MemoryNode node) : IAsyncDisposable
    {
        public MemoryNode Node => node;

        public InMemoryConsumerStore Places { get; } = new();

        /// <summary>What was committed last, as the test knows it.</summary>
        public Dictionary<ConsumerKey, Position> Committed { get; } = [];

        public static async Task<World> StartAsync() => new(await MemoryNode.StartAsync(
            store: new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = MaxMessages } } }));

        public ValueTask<ChannelState> StateAsync() => node.Store.GetStateAsync(Room, Cancel);

        public ValueTask DisposeAsync() => node.DisposeAsync();
    }

    private abstract record Step
    {
        public abstract Task RunAsync(World world);
    }

    private sealed record Publish(int Count) : Step
    {
        public override Task RunAsync(World world) => world.Node.PublishAsync(Room, Count);
    }

    private sealed record Trim : Step
    {
        public override async Task RunAsync(World world)
        {
            foreach (var trimmed in await world.Node.Store.TrimAsync(DateTimeOffset.UtcNow, Cancel))
            {
                if (world.Node.Logs.TryGet(trimmed.Channel, out var log))
                    log.Observe(trimmed.State);
            }
        }
    }

    /// <summary>What is in memory of the channel is dropped, so that it must come from the store.</summary>
    private sealed record Forget : Step
    {
        public override async Task RunAsync(World world)
        {
            var log = await world.Node.Logs.AcquireAsync(Room, Cancel);
            log.DropTail();
            world.Node.Logs.Release(log);
        }
    }

    private sealed record Commit(ConsumerKey Consumer, int Place, bool Elsewhere) : Step
    {
        public override async Task RunAsync(World world)
        {
            var state = await world.StateAsync();
            var position = new Position(Elsewhere ? new Epoch(7) : state.Epoch, state.Head * Place / 1_000);
            Assert.True(await world.Places.CommitAsync(Consumer, position, DateTimeOffset.UnixEpoch, 10, Cancel));
            world.Committed[Consumer] = position;
        }
    }

    private sealed record Remove(ConsumerKey Consumer) : Step
    {
        public override async Task RunAsync(World world) =>
            Assert.Equal(world.Committed.Remove(Consumer), await world.Places.RemoveAsync(Consumer, Cancel));
    }

    private sealed record Fetch(ConsumerKey Consumer, int Limit, int? After) : Step
    {
        public override async Task RunAsync(World world)
        {
            var state = await world.StateAsync();
            var after = After is { } place ? state.Head * place / 1_000 : default(long?);
            var start = after is { } asked
                ? ReadStart.After(asked)
                : await world.Places.FindAsync(Consumer, Cancel) is { } committed ? ReadStart.At(Room, committed) : ReadStart.After(0);

            var result = await world.Node.Polls.PollAsync(
                new PollRequest([Room], start, Limit, TimeSpan.Zero) { WantsSignals = false }, Cancel);

            var (reason, requested, first) = Expected(
                after is { } offset ? new Position(state.Epoch, offset) : world.Committed.GetValueOrDefault(Consumer, new Position(state.Epoch, 0)), state);
            Assert.Equal(reason, result.Gaps.SingleOrDefault()?.Reason);
            if (reason is not null)
                Assert.Equal((requested, first), (result.Gaps[0].Requested, result.Gaps[0].First));
            var count = (int)Math.Min(Limit, state.Head - first + 1);
            Assert.Equal(Enumerable.Range(0, count).Select(index => first + index), result.Messages.Select(message => message.Offset));
            Assert.Equal(state, result.States.Single());
        }

        /// <summary>Why something is missing, from where on, and the first message that can be had.</summary>
        private static (GapReason? Reason, long Requested, long First) Expected(Position place, ChannelState state)
        {
            var requested = place.Offset + 1;
            if (place.Epoch != state.Epoch)
                return (GapReason.Epoch, requested, state.First);
            if (place.Offset > state.Head)
                return (GapReason.Epoch, requested, state.Head + 1);
            return requested < state.First ? (GapReason.Trimmed, requested, state.First) : (null, requested, requested);
        }
    }
}
