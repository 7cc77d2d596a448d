using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Feeds;
using Realtime.Stores.PostgreSql;
using Realtime.Stores.Sqlite;
using Realtime.Testing.Conformance;

namespace Realtime.Stores.Tests;

public sealed class InMemoryFollowGraphTests : FollowGraphConformance
{
    protected override ValueTask<IFollowGraph> CreateAsync() => new(new InMemoryFollowGraph());
}

public sealed class SqliteFollowGraphTests : FollowGraphConformance
{
    private readonly TemporaryFolder _folder = new();
    private SqliteMessageStore _messages = null!;

    protected override async ValueTask<IFollowGraph> CreateAsync()
    {
        var options = new SqliteOptions { Path = _folder.PathOf("realtime.db") };
        var state = new SqliteStateDatabase(options);
        _messages = new SqliteMessageStore(options, new MessageStoreOptions(), NullLogger<SqliteMessageStore>.Instance, state);
        await _messages.OpenAsync(Cancel);
        return new SqliteFollowGraph(state);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _messages.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Follows_are_there_after_a_restart()
    {
        await Graph.FollowAsync("bob", "ann", 10, Cancel);
        await _messages.DisposeAsync();

        var reopened = await CreateAsync();

        Assert.Equal(["ann"], await reopened.GetAllFollowsAsync("bob", Cancel));
    }
}

public sealed class PostgreSqlFollowGraphTests : FollowGraphConformance
{
    private readonly PostgreSqlSchemas _schemas = new();
    private readonly List<PostgreSqlMessageStore> _nodes = [];

    protected override ValueTask<IFollowGraph> CreateAsync() => NodeAsync(_schemas.New());

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _schemas.DisposeAsync();
    }

    [Fact]
    public async Task Two_nodes_count_together()
    {
        var other = await NodeAsync(_schemas.Last);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            (number % 2 == 0 ? Graph : other).FollowAsync($"fan{number}", "ann", 10, Cancel).AsTask()));
        await other.UnfollowAsync("fan0", "ann", Cancel);

        Assert.Equal([39L], await Graph.CountFollowersAsync(["ann"], Cancel));
        Assert.Equal(39, (await other.GetFollowersAsync("ann", null, 100, Cancel)).Users.Count);
    }

    private async ValueTask<IFollowGraph> NodeAsync(string schema)
    {
        var store = _schemas.StoreAt(schema, new MessageStoreOptions());
        _nodes.Add(store);
        await store.OpenAsync(Cancel);
        return new PostgreSqlFollowGraph(store);
    }
}
