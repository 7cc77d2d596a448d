using System.Globalization;
using Npgsql;
using Realtime.Channels;
using Realtime.Stores.PostgreSql;
using Realtime.Testing.Services;

namespace Realtime.Stores.Tests;

/// <summary>What a store says that can't be opened.</summary>
public sealed class PostgreSqlOpeningTests : IAsyncLifetime
{
    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    private readonly PostgreSqlSchemas _schemas = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _schemas.DisposeAsync();

    [Fact]
    public async Task Before_it_is_open_every_call_is_refused_for_now()
    {
        await using var store = _schemas.StoreAt(_schemas.New(), new MessageStoreOptions());

        await RefusedAsync(async () => await store.GetStateAsync(Room, Cancel));
        await RefusedAsync(async () => await store.GetStatesAsync([Room], Cancel));
        await RefusedAsync(async () => await store.AppendAsync([Draft("a")], Cancel));
        await RefusedAsync(async () => await store.ReadAsync(Room, 0, 1, Cancel));
        await RefusedAsync(async () => await store.FindOffsetAsync(Room, default, Cancel));
        await RefusedAsync(async () => await store.TrimAsync(default, Cancel));
        await RefusedAsync(async () => await store.LoadOrCreateAsync("key", [1], Cancel));

        await store.OpenAsync(Cancel);
        await store.OpenAsync(Cancel);
        await store.AppendAsync([Draft("a")], Cancel);

        static async Task RefusedAsync(Func<Task> call) => Assert.True((await Assert.ThrowsAsync<RealtimeException>(call)).IsTransient);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_stays_as_it_is()
    {
        var schema = _schemas.New();
        await using (var first = _schemas.StoreAt(schema, new MessageStoreOptions()))
            await first.OpenAsync(Cancel);
        await _schemas.ExecuteAsync($"UPDATE {schema}.meta SET value = 99 WHERE name = 'version'");

        var refusal = await RefusalAsync(_schemas.Options(schema));

        Assert.False(refusal.IsTransient);
        Assert.Contains("schema version 99", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(99L, await _schemas.ExecuteAsync($"SELECT value FROM {schema}.meta WHERE name = 'version'"));
    }

    [Theory]
    [InlineData("CREATE TABLE {0}.meta (name text, value bigint)")]
    [InlineData("CREATE TABLE {0}.messages (a int)")]
    public async Task A_schema_of_something_else_is_refused_and_stays_as_it_is(string table)
    {
        var schema = _schemas.New();
        await _schemas.ExecuteAsync($"CREATE SCHEMA {schema}; {string.Format(CultureInfo.InvariantCulture, table, schema)}");

        var refusal = await RefusalAsync(_schemas.Options(schema));

        Assert.False(refusal.IsTransient);
        Assert.Contains("tables of something else", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await _schemas.ExecuteAsync($"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'"));
    }

    [Fact]
    public async Task A_missing_database_may_come_and_is_told()
    {
        var refusal = await RefusalAsync(With(address => address.Database = "not_there"));

        Assert.True(refusal.IsTransient);
        Assert.Contains("'not_there'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("no such database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_may_come_and_is_told()
    {
        var refusal = await RefusalAsync(With(address => address.Port = 1));

        Assert.True(refusal.IsTransient);
        Assert.Contains(":1,", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("refused", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_an_address_may_get_one_and_is_told()
    {
        var refusal = await RefusalAsync(With(address => address.Host = "no-such-host.invalid"));

        Assert.True(refusal.IsTransient);
        Assert.Contains("no-such-host.invalid", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_connections_left_or_rights_is_told_and_may_get_them()
    {
        var role = $"role_{Guid.NewGuid():n}";
        await _schemas.ExecuteAsync($"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0");
        try
        {
            var refusal = await RefusalAsync(With(address => address.Username = role));
            Assert.True(refusal.IsTransient);
            Assert.Contains("no connection left", refusal.Message, StringComparison.Ordinal);

            await _schemas.ExecuteAsync($"ALTER ROLE {role} CONNECTION LIMIT -1");
            refusal = await RefusalAsync(With(address => address.Username = role));
            Assert.True(refusal.IsTransient);
            Assert.Contains("permission denied", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            await _schemas.ExecuteAsync($"DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_wrong_password_may_be_repaired_and_is_not_repeated()
    {
        await using var service = await PrivateService.StartNewAsync("postgres");
        await using var schemas = new PostgreSqlSchemas(service.Address);
        await schemas.ExecuteAsync("CREATE ROLE node LOGIN PASSWORD 'right'; GRANT CREATE ON DATABASE postgres TO node");
        var rules = await schemas.ExecuteAsync("SHOW hba_file");
        await schemas.ExecuteAsync($"COPY (VALUES ('host all node 127.0.0.1/32 scram-sha-256'), ('host all app 127.0.0.1/32 trust')) TO '{rules}'");
        await service.StopAsync();
        await service.StartAsync();

        var user = $"Host=127.0.0.1;Port={service.Port};Database=postgres;Username=node";
        await using var store = PostgreSqlSchemas.StoreAt(new PostgreSqlOptions { ConnectionString = $"{user};Password=geheim" });
        var refusal = await Assert.ThrowsAsync<RealtimeException>(async () => await store.OpenAsync(Cancel));
        Assert.True(refusal.IsTransient);
        Assert.Contains("user name or password", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", refusal.ToString(), StringComparison.Ordinal);

        refusal = await RefusalAsync(new PostgreSqlOptions { ConnectionString = user });
        Assert.True(refusal.IsTransient);
        Assert.Contains("No password", refusal.Message, StringComparison.Ordinal);

        // The operator sets the password that the node has, and the same store opens.
        await schemas.ExecuteAsync("ALTER ROLE node PASSWORD 'geheim'");
        await store.OpenAsync(Cancel);
        await store.AppendAsync([Draft("a")], Cancel);
    }

    [Theory]
    [InlineData(PostgreSqlSynchronous.Full, "on")]
    [InlineData(PostgreSqlSynchronous.Normal, "off")]
    public async Task Commits_wait_as_the_setting_says_whatever_the_servers_default_is(PostgreSqlSynchronous synchronous, string expected)
    {
        var options = With(address => address.Options = $"-c synchronous_commit={(expected == "on" ? "off" : "on")}");
        options.Synchronous = synchronous;
        await using var store = PostgreSqlSchemas.StoreAt(options);
        await store.OpenAsync(Cancel);
        // What the session that appends has is asked where it appends.
        await _schemas.ExecuteAsync($"""
            CREATE FUNCTION {options.Schema}.tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.type := current_setting('synchronous_commit'); RETURN NEW; END $$;
            CREATE TRIGGER tell BEFORE INSERT ON {options.Schema}.messages FOR EACH ROW EXECUTE FUNCTION {options.Schema}.tell()
            """);

        for (var i = 0; i < 3; i++)
            await store.AppendAsync([Draft($"{i}")], Cancel);

        var page = await store.ReadAsync(Room, 0, 10, Cancel);
        Assert.All(page.Messages, message => Assert.Equal(expected, message.Type));
        Assert.Equal(3, page.Messages.Count);
    }

    private static MessageDraft Draft(string id) => new(Room, id, Message.DefaultType, "alice", default, "1"u8.ToArray());

    private PostgreSqlOptions With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var options = _schemas.Options(_schemas.New());
        var address = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        change(address);
        options.ConnectionString = address.ConnectionString;
        return options;
    }

    private static async Task<RealtimeException> RefusalAsync(PostgreSqlOptions options)
    {
        await using var store = PostgreSqlSchemas.StoreAt(options);
        return await Assert.ThrowsAsync<RealtimeException>(async () => await store.OpenAsync(Cancel));
    }
}
