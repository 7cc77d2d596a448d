using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Stores.PostgreSql;
using Realtime.Stores.Sqlite;
using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class InMemoryConsumerStoreTests : ConsumerStoreConformance
{
    protected override ValueTask<IConsumerStore> CreateAsync() => new(new InMemoryConsumerStore());
}

public sealed class SqliteConsumerStoreTests : ConsumerStoreConformance
{
    private readonly TemporaryFolder _folder = new();
    private SqliteMessageStore _messages = null!;

    protected override async ValueTask<IConsumerStore> CreateAsync()
    {
        var options = new SqliteOptions { Path = _folder.PathOf("realtime.db") };
        var state = new SqliteStateDatabase(options);
        _messages = new SqliteMessageStore(options, new MessageStoreOptions(), NullLogger<SqliteMessageStore>.Instance, state);
        await _messages.OpenAsync(Cancel);
        return new SqliteConsumerStore(state);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _messages.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Places_are_there_after_a_restart()
    {
        var consumer = ConsumerKey.Of(ChannelName.Parse("room"), "worker", "bob");
        await Store.CommitAsync(consumer, new Position(new Epoch(7), 42), DateTimeOffset.UnixEpoch, 10, Cancel);
        await _messages.DisposeAsync();

        Assert.Equal(new Position(new Epoch(7), 42), await (await CreateAsync()).FindAsync(consumer, Cancel));
    }
}

public sealed class PostgreSqlConsumerStoreTests : ConsumerStoreConformance
{
    private readonly PostgreSqlSchemas _schemas = new();
    private readonly List<PostgreSqlMessageStore> _nodes = [];

    protected override ValueTask<IConsumerStore> CreateAsync() => NodeAsync(_schemas.New());

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _schemas.DisposeAsync();
    }

    [Fact]
    public async Task Another_node_finds_what_was_committed()
    {
        var consumer = ConsumerKey.Of(ChannelName.Parse("room"), "worker", "bob");
        await Store.CommitAsync(consumer, new Position(new Epoch(7), 42), DateTimeOffset.UnixEpoch, 10, Cancel);

        Assert.Equal(42, (await (await NodeAsync(_schemas.Last)).FindAsync(consumer, Cancel))?.Offset);
    }

    private async ValueTask<IConsumerStore> NodeAsync(string schema)
    {
        var store = _schemas.StoreAt(schema, new MessageStoreOptions());
        _nodes.Add(store);
        await store.OpenAsync(Cancel);
        return new PostgreSqlConsumerStore(store);
    }
}
