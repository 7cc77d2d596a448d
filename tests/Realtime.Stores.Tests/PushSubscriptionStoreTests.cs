using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Stores.PostgreSql;
using Realtime.Stores.Sqlite;
using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class InMemoryPushSubscriptionStoreTests : PushSubscriptionStoreConformance
{
    protected override ValueTask<IPushSubscriptionStore> CreateAsync() => new(new InMemoryPushSubscriptionStore());
}

public sealed class SqlitePushSubscriptionStoreTests : PushSubscriptionStoreConformance
{
    private readonly TemporaryFolder _folder = new();
    private SqliteMessageStore _messages = null!;

    protected override async ValueTask<IPushSubscriptionStore> CreateAsync()
    {
        var options = new SqliteOptions { Path = _folder.PathOf("realtime.db") };
        var state = new SqliteStateDatabase(options);
        _messages = new SqliteMessageStore(options, new MessageStoreOptions(), NullLogger<SqliteMessageStore>.Instance, state);
        await _messages.OpenAsync(TestContext.Current.CancellationToken);
        return new SqlitePushSubscriptionStore(state);
    }

    protected override async ValueTask CleanUpAsync()
    {
        await _messages.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task They_are_there_after_a_restart()
    {
        await PutAsync(Subscription("bob", 1));
        await _messages.DisposeAsync();

        var reopened = await CreateAsync();

        Assert.Single(await reopened.FindAsync(["bob"], TestContext.Current.CancellationToken));
    }
}

public sealed class PostgreSqlPushSubscriptionStoreTests : PushSubscriptionStoreConformance
{
    private readonly PostgreSqlSchemas _schemas = new();
    private readonly List<PostgreSqlMessageStore> _nodes = [];

    protected override ValueTask<IPushSubscriptionStore> CreateAsync() => NodeAsync(_schemas.New());

    protected override async ValueTask CleanUpAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _schemas.DisposeAsync();
    }

    [Fact]
    public async Task Another_node_finds_them()
    {
        await PutAsync(Subscription("bob", 1));

        var other = await NodeAsync(_schemas.Last);

        Assert.Single(await other.FindAsync(["bob"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nodes_that_open_a_new_schema_at_once_make_its_tables_once()
    {
        var schema = _schemas.New();
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => NodeAsync(schema).AsTask()));

        await stores[0].PutAsync(Subscription("bob", 1), 10, TestContext.Current.CancellationToken);
        foreach (var store in stores)
            Assert.Single(await store.FindAsync(["bob"], TestContext.Current.CancellationToken));
    }

    private async ValueTask<IPushSubscriptionStore> NodeAsync(string schema)
    {
        var store = _schemas.StoreAt(schema, new MessageStoreOptions());
        lock (_nodes)
            _nodes.Add(store);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        return new PostgreSqlPushSubscriptionStore(store);
    }
}
