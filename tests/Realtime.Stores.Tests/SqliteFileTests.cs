using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Stores.Sqlite;

namespace Realtime.Stores.Tests;

/// <summary>What only a store in a file has to do: refuse files that it should not touch, and fail in words.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Missing_folders_are_created()
    {
        await using var store = await OpenAsync("a/b/c.db");

        Assert.True(File.Exists(_folder.PathOf("a/b/c.db")));
    }

    [Fact]
    public async Task A_second_store_of_the_same_file_is_refused_until_the_first_is_disposed()
    {
        await using var first = await OpenAsync("x.db");

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => OpenAsync("x.db"));
        Assert.Contains("another process has it open", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);

        await first.DisposeAsync();
        await using var second = await OpenAsync("x.db");
        Assert.Equal(0, (await second.GetStateAsync(Room, Cancel)).Head);
    }

    [Fact]
    public async Task A_lock_file_left_behind_refuses_nobody()
    {
        await File.WriteAllTextAsync(_folder.PathOf("x.db.lock"), "", Cancel);

        await using var store = await OpenAsync("x.db");
    }

    [Fact]
    public async Task Deleting_the_file_changes_the_epoch()
    {
        var before = await OnceAsync("x.db", store => store.GetStateAsync(Room, Cancel));
        Assert.Equal(before, await OnceAsync("x.db", store => store.GetStateAsync(Room, Cancel)));

        File.Delete(_folder.PathOf("x.db"));

        Assert.NotEqual(before.Epoch, (await OnceAsync("x.db", store => store.GetStateAsync(Room, Cancel))).Epoch);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_stays_as_it_is()
    {
        await OnceAsync("x.db", store => store.GetStateAsync(Room, Cancel));
        Execute("x.db", "UPDATE meta SET value = 99 WHERE name = 'version'");

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => OpenAsync("x.db"));

        Assert.Contains("schema version 99", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);
        Execute("x.db", "UPDATE meta SET value = 1 WHERE name = 'version'");
        await using var store = await OpenAsync("x.db");
    }

    [Fact]
    public async Task A_file_of_another_program_is_refused_and_stays_as_it_is()
    {
        Execute("x.db", "CREATE TABLE meta (name TEXT, value INTEGER); INSERT INTO meta VALUES ('version', 1)");
        var before = await File.ReadAllBytesAsync(_folder.PathOf("x.db"), Cancel);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => OpenAsync("x.db"));

        Assert.Contains("not a Realtime store", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.PathOf("x.db"), Cancel));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_stays_as_it_is()
    {
        var text = new string('x', 10_000);
        await File.WriteAllTextAsync(_folder.PathOf("x.db"), text, Cancel);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => OpenAsync("x.db"));

        Assert.Contains("damaged or not an SQLite file", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsTransient);
        Assert.Equal(text, await File.ReadAllTextAsync(_folder.PathOf("x.db"), Cancel));
    }

    [Fact]
    public async Task Damage_within_the_file_is_told_by_whoever_meets_it()
    {
        await OnceAsync("x.db", store => store.AppendAsync(Drafts(0, 1_000), Cancel));
        await using (var file = File.OpenWrite(_folder.PathOf("x.db")))
        {
            file.Position = 8 * 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xa5, (int)(file.Length - file.Position)).ToArray(), Cancel);
        }

        await using var store = await OpenAsync("x.db");
        var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.ReadAsync(Room, 0, 1_000, Cancel));

        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_folder_that_can_not_be_made_is_told()
    {
        await File.WriteAllTextAsync(_folder.PathOf("file"), "", Cancel);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => OpenAsync("file/x.db"));

        Assert.Contains("file/x.db", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_whole_batch_for_now_and_keeps_the_store_usable()
    {
        await using var store = await OpenAsync("x.db", options => options.MaxPages = 40);
        await store.AppendAsync(Drafts(0, 10), Cancel);

        var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.AppendAsync(Drafts(10, 5_000), Cancel));

        Assert.True(failure.IsTransient);
        Assert.Contains("full", failure.Message, StringComparison.Ordinal);
        Assert.Equal(10, (await store.GetStateAsync(Room, Cancel)).Head);
        Assert.Equal(10, (await store.ReadAsync(Room, 0, 100, Cancel)).Messages.Count);
        // The same ids are new, and the offset goes on where it was.
        var outcome = (await store.AppendAsync(Drafts(10, 1), Cancel))[0];
        Assert.False(outcome.IsDuplicate);
        Assert.Equal(11, outcome.Message.Offset);
    }

    [Fact]
    public async Task A_new_channel_of_a_batch_that_failed_leaves_nothing()
    {
        await using var store = await OpenAsync("x.db", options => options.MaxPages = 40);

        await Assert.ThrowsAsync<RealtimeException>(async () => await store.AppendAsync(Drafts(0, 5_000), Cancel));

        Assert.Equal(1, (await store.AppendAsync(Drafts(0, 1), Cancel))[0].Message.Offset);
    }

    [Fact]
    public async Task Space_of_forgotten_messages_is_used_again()
    {
        var rule = new RetentionRule { MaxMessages = 100 };
        await using var store = await OpenAsync("x.db", options => options.MaxPages = 400, new() { Retention = { ["Default"] = rule } });

        for (var round = 0; round < 20; round++)
        {
            await store.AppendAsync(Drafts(round * 1_000, 1_000), Cancel);
            await store.TrimAsync(Time(round * 1_000) + TimeSpan.FromHours(1), Cancel);
        }

        Assert.Equal((19_901, 20_000), await BoundsAsync(store));
    }

    [Fact]
    public async Task More_channels_than_are_kept_in_memory_count_on()
    {
        var names = Enumerable.Range(0, 17_000).Select(i => ChannelName.Parse($"c{i}"));
        await using var store = await OpenAsync("x.db");
        var draft = Drafts(0, 1)[0];

        for (var round = 1; round <= 2; round++)
        {
            var outcomes = await store.AppendAsync([.. names.Select(name => draft with { Channel = name, Id = $"{round}" })], Cancel);
            Assert.All(outcomes, outcome => Assert.Equal(round, outcome.Message.Offset));
        }
    }

    [Fact]
    public async Task Disposing_leaves_one_file_with_everything_in_it()
    {
        await OnceAsync("x.db", store => store.AppendAsync(Drafts(0, 100), Cancel));

        Assert.False(File.Exists(_folder.PathOf("x.db-wal")));
        File.Move(_folder.PathOf("x.db"), _folder.PathOf("y.db"));
        Assert.Equal((1, 100), await OnceAsync("y.db", BoundsAsync));
    }

    [Fact]
    public async Task A_copy_of_the_open_files_is_what_a_crash_leaves_and_holds_every_acknowledged_message()
    {
        await using var store = await OpenAsync("x.db");
        var state = (await store.AppendAsync(Drafts(0, 100), Cancel))[^1].State;
        File.Copy(_folder.PathOf("x.db"), _folder.PathOf("y.db"));
        File.Copy(_folder.PathOf("x.db-wal"), _folder.PathOf("y.db-wal"));

        await using var recovered = await OpenAsync("y.db");

        Assert.Equal(state, await recovered.GetStateAsync(Room, Cancel));
        Assert.Equal(100, (await recovered.ReadAsync(Room, 0, 1_000, Cancel)).Messages.Count);
        Assert.All(await recovered.AppendAsync(Drafts(0, 100), Cancel), outcome => Assert.True(outcome.IsDuplicate));
    }

    [Fact]
    public async Task What_a_deleted_file_left_beside_it_is_not_taken_for_the_new_one()
    {
        await using var store = await OpenAsync("x.db");
        var state = (await store.AppendAsync(Drafts(0, 100), Cancel))[0].State;
        File.Copy(_folder.PathOf("x.db-wal"), _folder.PathOf("y.db-wal"));

        await using var other = await OpenAsync("y.db");

        var fresh = await other.GetStateAsync(Room, Cancel);
        Assert.Equal((1, 0), (fresh.First, fresh.Head));
        Assert.NotEqual(state.Epoch, fresh.Epoch);
    }

    [Fact]
    public async Task A_store_that_is_not_open_says_so()
    {
        await using var store = New("x.db");

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.GetStateAsync(Room, Cancel));
    }

    private static DateTimeOffset Time(int number) => new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero).AddMilliseconds(number);

    private static MessageDraft[] Drafts(int first, int count) =>
    [
        .. Enumerable.Range(first, count).Select(i => new MessageDraft(
            Room, $"id-{i}", Message.DefaultType, "alice", Time(i), "\"some text\""u8.ToArray())),
    ];

    private static async ValueTask<(long, long)> BoundsAsync(IMessageStore store)
    {
        var state = await store.GetStateAsync(Room, Cancel);
        return (state.First, state.Head);
    }

    private SqliteMessageStore New(string name, Action<SqliteOptions>? configure = null, MessageStoreOptions? store = null)
    {
        var options = new SqliteOptions { Path = _folder.PathOf(name) };
        configure?.Invoke(options);
        return new SqliteMessageStore(options, store ?? new MessageStoreOptions(), NullLogger<SqliteMessageStore>.Instance);
    }

    private async Task<SqliteMessageStore> OpenAsync(
        string name, Action<SqliteOptions>? configure = null, MessageStoreOptions? options = null)
    {
        var store = New(name, configure, options);
        await store.OpenAsync(Cancel);
        return store;
    }

    private async Task<T> OnceAsync<T>(string name, Func<IMessageStore, ValueTask<T>> use)
    {
        await using var store = await OpenAsync(name);
        return await use(store);
    }

    private void Execute(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.PathOf(name)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
