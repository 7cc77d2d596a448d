using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Stores.Sqlite;

namespace Realtime.Stores.Tests;

/// <summary>Any sequence of calls has the outcome that the rules of <see cref="MessageStoreModel"/> give.</summary>
public sealed class MessageStoreProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    private static readonly ChannelName[] Channels = [ChannelName.Parse("few:a"), ChannelName.Parse("few:b"), ChannelName.Parse("many")];

    private static readonly Gen<int> Channel = Gen.Int[0, Channels.Length - 1];

    // Few ids, small bounds and short times, so that duplicates, trimmed and forgotten messages come up in nearly every sequence.
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (5, Gen.Select(Channel, Gen.Int[0, 30]).Array[1, 8].Select(Step (drafts) => new Append(drafts))),
        (3, Gen.Int[1, 60].Select(Step (milliseconds) => new Wait(TimeSpan.FromMilliseconds(milliseconds)))),
        (2, Gen.Const(Step () => new Trim())),
        (2, Gen.Select(Channel, Gen.Int[0, 40], Gen.Int[1, 12], Step (channel, after, limit) => new Read(Channels[channel], after, limit))),
        (1, Gen.Select(Channel, Gen.Int[-50, 400], Step (channel, at) => new Find(Channels[channel], Start.AddMilliseconds(at)))),
        (1, Gen.Const(Step () => new Reopen())));

    private static MessageStoreOptions Options => new()
    {
        DeduplicationWindow = TimeSpan.FromMilliseconds(120),
        Retention =
        {
            ["few"] = new RetentionRule { MaxMessages = 3, MaxAge = TimeSpan.FromMilliseconds(200) },
            ["many"] = new RetentionRule { MaxMessages = 20, MaxAge = TimeSpan.FromMilliseconds(80) },
        },
    };

    [Fact]
    public async Task In_memory() =>
        await Steps.Array[1, 60].SampleAsync(
            steps => RunAsync(steps, new InMemoryMessageStore(Options), reopen: Task.FromResult), iter: 1_000, threads: 1);

    [Fact]
    public async Task Sqlite() => await Steps.Array[1, 60].SampleAsync(
        async steps =>
        {
            using var folder = new TemporaryFolder();
            await RunAsync(steps, Open(), async store =>
            {
                await store.DisposeAsync();
                return Open();
            });

            SqliteMessageStore Open() => new(
                new SqliteOptions { Path = folder.PathOf("x.db"), Synchronous = SqliteSynchronous.Normal },
                Options,
                NullLogger<SqliteMessageStore>.Instance);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public async Task PostgreSql()
    {
        await using var schemas = new PostgreSqlSchemas();
        await Steps.Array[1, 60].SampleAsync(
            async steps =>
            {
                var schema = schemas.New();
                await RunAsync(steps, schemas.StoreAt(schema, Options), async store =>
                {
                    await store.DisposeAsync();
                    return schemas.StoreAt(schema, Options);
                });
            },
            iter: 25,
            threads: 1);
    }

    private static async Task RunAsync(Step[] steps, IMessageStore store, Func<IMessageStore, Task<IMessageStore>> reopen)
    {
        var cancel = TestContext.Current.CancellationToken;
        await store.OpenAsync(cancel);
        try
        {
            var model = new MessageStoreModel(Options, (await store.GetStateAsync(Channels[0], cancel)).Epoch);
            var now = Start;
            foreach (var step in steps)
            {
                switch (step)
                {
                    case Wait wait:
                        now += wait.Time;
                        break;
                    case Reopen:
                        store = await reopen(store);
                        await store.OpenAsync(cancel);
                        break;
                    default:
                        await step.CheckAsync(store, model, now, cancel);
                        break;
                }

                foreach (var channel in Channels)
                    Assert.Equal(model.State(channel), await store.GetStateAsync(channel, cancel));
            }
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    private abstract record Step
    {
        internal virtual Task CheckAsync(IMessageStore store, MessageStoreModel model, DateTimeOffset now, CancellationToken cancel) =>
            Task.CompletedTask;
    }

    private sealed record Wait(TimeSpan Time) : Step;

    private sealed record Reopen : Step;

    private sealed record Append((int Channel, int Id)[] Drafts) : Step
    {
        internal override async Task CheckAsync(IMessageStore store, MessageStoreModel model, DateTimeOffset now, CancellationToken cancel)
        {
            MessageDraft[] drafts =
            [
                .. Drafts.Select(draft => new MessageDraft(
                    Channels[draft.Channel], $"id-{draft.Id}", Message.DefaultType, "alice", now, "1"u8.ToArray())),
            ];
            var expected = model.Append(drafts);
            var outcomes = await store.AppendAsync(drafts, cancel);
            Assert.Equal(expected, outcomes.Select(outcome => (outcome.Message.Offset, outcome.IsDuplicate)));
            Assert.Equal(drafts.Select(draft => model.State(draft.Channel)), outcomes.Select(outcome => outcome.State));
            Assert.Equal(drafts.Select(draft => draft.Id), outcomes.Select(outcome => outcome.Message.Id));
        }

        public override string ToString() => $"Append {string.Join(' ', Drafts)}";
    }

    private sealed record Read(ChannelName Channel, long After, int Limit) : Step
    {
        internal override async Task CheckAsync(IMessageStore store, MessageStoreModel model, DateTimeOffset now, CancellationToken cancel)
        {
            var page = await store.ReadAsync(Channel, After, Limit, cancel);
            Assert.Equal(model.State(Channel), page.State);
            Assert.Equal(
                model.Read(Channel, After, Limit).Select(message => (message.Offset, message.Id, message.Time)),
                page.Messages.Select(message => (message.Offset, message.Id, message.Time)));
        }
    }

    private sealed record Find(ChannelName Channel, DateTimeOffset Since) : Step
    {
        internal override async Task CheckAsync(
            IMessageStore store, MessageStoreModel model, DateTimeOffset now, CancellationToken cancel) =>
            Assert.Equal(model.Find(Channel, Since), await store.FindOffsetAsync(Channel, Since, cancel));
    }

    private sealed record Trim : Step
    {
        internal override async Task CheckAsync(
            IMessageStore store, MessageStoreModel model, DateTimeOffset now, CancellationToken cancel) =>
            Assert.Equal(model.Trim(now), (await store.TrimAsync(now, cancel)).ToHashSet());
    }
}
