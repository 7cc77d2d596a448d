using Microsoft.Data.Sqlite;
using Realtime.Stores.Sqlite;

namespace Realtime.Stores.Tests;

/// <summary>The file for what is not messages.</summary>
public sealed class SqliteStateTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteStateDatabase _state;

    public SqliteStateTests() => _state = new SqliteStateDatabase(new SqliteOptions { Path = _folder.PathOf("realtime.db") });

    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_change_that_fails_takes_none_along_that_were_committed_with_it()
    {
        _state.Open();
        using var blocked = new ManualResetEventSlim();
        var blocker = _state.WriteAsync(_ => { blocked.Wait(TestContext.Current.CancellationToken); return 0; }, TestContext.Current.CancellationToken).AsTask();
        var changes = Enumerable.Range(0, 10).Select(number => _state.WriteAsync(
            database =>
            {
                database.For("INSERT INTO parts (name, version) VALUES (?, 1)").Bind($"part{number}").Run();
                return number == 5 ? throw new InvalidOperationException("on purpose") : number;
            },
            TestContext.Current.CancellationToken).AsTask()).ToList();
        blocked.Set();
        await blocker;

        await Assert.ThrowsAsync<InvalidOperationException>(() => changes[5]);
        changes.RemoveAt(5);
        await Task.WhenAll(changes);
        var kept = await _state.ReadAsync(
            database => database.For("SELECT name FROM parts WHERE name LIKE 'part%' ORDER BY name").All(10, row => row.Text(0)), TestContext.Current.CancellationToken);
        Assert.Equal(["part0", "part1", "part2", "part3", "part4", "part6", "part7", "part8", "part9"], kept);
    }

    [Fact]
    public void A_file_of_something_else_is_refused_and_left_alone()
    {
        Execute("CREATE TABLE other (id INTEGER)");

        Assert.Contains("of something else", Assert.Throws<RealtimeException>(_state.Open).Message, StringComparison.Ordinal);
        Assert.Equal(1L, Execute("SELECT count(*) FROM sqlite_master"));
    }

    [Fact]
    public async Task A_part_of_a_newer_version_is_refused()
    {
        _state.Open();
        await _state.DisposeAsync();
        Execute("UPDATE parts SET version = 99 WHERE name = 'push-subscriptions'");

        var refusal = Assert.Throws<RealtimeException>(new SqliteStateDatabase(new SqliteOptions { Path = _folder.PathOf("realtime.db") }).Open);

        Assert.Contains("The part 'push-subscriptions'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("version 99", refusal.Message, StringComparison.Ordinal);
    }

    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.PathOf("realtime.state.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
