using Realtime.Channels;
using Realtime.Testing.Clients;
using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class PostgreSqlMessageStoreTests : DurableMessageStoreConformance
{
    private readonly PostgreSqlSchemas _schemas = new();

    protected override ValueTask<IMessageStore> CreateAsync(MessageStoreOptions options) => new(_schemas.StoreAt(_schemas.New(), options));

    protected override ValueTask<IMessageStore> ReopenAsync(IMessageStore closed, MessageStoreOptions options) =>
        new(_schemas.StoreAt(_schemas.Last, options));

    protected override ValueTask CleanUpAsync() => _schemas.DisposeAsync();

    [Fact]
    public async Task Rows_are_looked_up_by_key_from_the_first_batch_on_though_connections_keep_plans_for_small_tables()
    {
        var cancel = TestContext.Current.CancellationToken;
        var schema = _schemas.New();
        ChannelName[] channels = [.. Enumerable.Range(0, 40).Select(number => ChannelName.Parse($"room:{number}"))];
        await using (var store = _schemas.StoreAt(schema, new MessageStoreOptions()))
        {
            await store.OpenAsync(cancel);
            for (var batch = 0; batch < 60; batch++)
            {
                await store.AppendAsync(
                    [.. channels.Select(channel => new MessageDraft(channel, $"m{batch}", "message", "ann", DateTimeOffset.UnixEpoch, "1"u8.ToArray()))], cancel);
                await store.GetStatesAsync(channels, cancel);
                var read = await store.ReadAsync([.. channels.Select(channel => new MessageRange(channel, batch, batch + 1))], cancel);
                Assert.All(read, messages => Assert.Equal(batch == 0 ? 1 : 2, messages.Count));
            }
        }

        // The server counts a connection's rows some time after it was closed.
        await Deadline.UntilAsync(() => StatisticAsync("n_tup_ins"), inserted => inserted is 2_440L, "count of all rows that were inserted");
        Assert.Equal(0L, await StatisticAsync("seq_tup_read"));

        Task<object?> StatisticAsync(string column) => _schemas.ExecuteAsync(
            $"SELECT sum({column})::bigint FROM pg_stat_user_tables WHERE schemaname = '{schema}' AND relname IN ('messages', 'channels')");
    }
}
