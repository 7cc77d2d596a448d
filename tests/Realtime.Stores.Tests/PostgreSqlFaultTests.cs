using System.Diagnostics;
using Npgsql;
using Realtime.Channels;
using Realtime.Stores.PostgreSql;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Stores.Tests;

/// <summary>Servers that restart, die, hang and lose their answers.</summary>
public sealed class PostgreSqlFaultTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    private PrivateService? _service;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PrivateService Service => _service ?? throw new InvalidOperationException("There is no service.");

    private PostgreSqlSchemas Server => new(Service.Address);

    public async ValueTask InitializeAsync()
    {
        // Asks for the service that all share: where there is none, none can be started either.
        _ = TestServices.Postgres;
        _service = await PrivateService.StartNewAsync("postgres");
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
    }

    [Fact]
    public async Task After_a_restart_the_next_append_and_the_next_read_work()
    {
        await using var store = await OpenAsync();
        // Several connections, all of which the restart ends.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await store.AppendAsync([Draft($"{i}")], Cancel), Cancel)));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await store.ReadAsync(Room, 0, 100, Cancel), Cancel)));

        await RestartAsync();
        Assert.Equal(9, (await store.AppendAsync([Draft("next")], Cancel))[0].Message.Offset);
        await RestartAsync();
        Assert.Equal(9, (await store.ReadAsync(Room, 0, 100, Cancel)).Messages.Count);
        await RestartAsync();
        Assert.Equal(9, (await store.GetStateAsync(Room, Cancel)).Head);
        await RestartAsync();
        Assert.Empty(await store.TrimAsync(Start, Cancel));
    }

    [Fact]
    public async Task A_read_whose_connection_has_just_been_ended_is_tried_on_another()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync([Draft("a")], Cancel);
        for (var round = 0; round < 5; round++)
        {
            await Server.ExecuteAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'realtime'");
            Assert.Equal(1, (await store.GetStateAsync(Room, Cancel)).Head);
        }
    }

    [Fact]
    public async Task While_the_server_is_away_calls_fail_for_now_and_afterwards_the_same_store_works()
    {
        await using var store = await OpenAsync();
        await Service.StopAsync();

        foreach (var call in new Func<Task>[]
        {
            async () => await store.AppendAsync([Draft("a")], Cancel),
            async () => await store.ReadAsync(Room, 0, 10, Cancel),
            async () => await store.GetStateAsync(Room, Cancel),
            async () => await store.TrimAsync(Start, Cancel),
        })
        {
            var failure = await Assert.ThrowsAsync<RealtimeException>(call);
            Assert.True(failure.IsTransient);
            Assert.Contains($"127.0.0.1:{Service.Port}", failure.Message, StringComparison.Ordinal);
        }

        await Service.StartAsync();
        Assert.Equal(1, (await store.AppendAsync([Draft("a")], Cancel))[0].Message.Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_acknowledged_outlives_a_server_that_ends_during_appends(bool killed)
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        var acknowledged = 0;
        var enough = 300;
        using var stop = new CancellationTokenSource();
        var appending = Enumerable.Range(0, 4).Select(caller => Task.Run(() => AppendUntilAsync(
            caller % 2 == 0 ? one : two, $"{caller}", () => Interlocked.Increment(ref acknowledged), stop.Token), Cancel)).ToArray();

        for (var round = 0; round < 3; round++)
        {
            await Deadline.UntilAsync(() => Task.FromResult(Volatile.Read(ref acknowledged)), seen => seen >= enough, $"{enough} batches");
            if (killed)
                await Service.KillAsync();
            else
                await Service.StopAsync();
            await Service.StartAsync();
            enough = Volatile.Read(ref acknowledged) + 300;
        }

        await stop.CancelAsync();
        var outcomes = (await Task.WhenAll(appending)).SelectMany(all => all).ToArray();
        await AssertAllThereAsync(one, outcomes);
        Assert.All(await one.AppendAsync([.. outcomes.Select(outcome => Draft(outcome.Message.Id))], Cancel), again => Assert.True(again.IsDuplicate));
    }

    [Fact]
    public async Task Answers_that_are_lost_at_any_byte_lose_and_repeat_nothing()
    {
        var cutAfter = 100_000_000L;
        await using var proxy = new CuttingProxy(new Uri($"http://127.0.0.1:{Service.Port}"), () => Volatile.Read(ref cutAfter));
        await using var store = await OpenAsync(options => options.ConnectionString = $"Host=127.0.0.1;Port={proxy.Address.Port};Username=app;Database=postgres");
        await Server.ExecuteAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'realtime'");

        var outcomes = new List<AppendOutcome>();
        var recognised = 0;
        for (var i = 0; i < 400; i++)
        {
            // A connection's greeting has some hundred bytes, and each answer as many.
            Volatile.Write(ref cutAfter, 500 + (i * 31 % 2_000));
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    var batch = await store.AppendAsync([Draft($"{i}-a"), Draft($"{i}-b")], Cancel);
                    recognised += batch.Count(outcome => outcome.IsDuplicate);
                    outcomes.AddRange(batch);
                    break;
                }
                catch (RealtimeException failure)
                {
                    Assert.True(failure.IsTransient, failure.ToString());
                    Volatile.Write(ref cutAfter, 500 + (i * 31 % 2_000) + (attempt * 500));
                }
            }
        }

        Assert.InRange(proxy.Cuts, 50, int.MaxValue);
        Assert.InRange(recognised, 2, int.MaxValue);
        Assert.Equal(0, recognised % 2);
        await using var direct = await OpenAsync();
        await AssertAllThereAsync(direct, [.. outcomes]);
        Assert.Equal(800, (await direct.GetStateAsync(Room, Cancel)).Head);
    }

    [Fact]
    public async Task A_server_that_hangs_fails_calls_within_their_timeout()
    {
        await using var store = await OpenAsync(options => options.CommandTimeout = TimeSpan.FromSeconds(1));
        await store.AppendAsync([Draft("a")], Cancel);
        await Service.FreezeAsync();
        var began = Stopwatch.GetTimestamp();
        try
        {
            var append = Assert.ThrowsAsync<RealtimeException>(async () => await store.AppendAsync([Draft("b")], Cancel));
            var read = Assert.ThrowsAsync<RealtimeException>(async () => await store.ReadAsync(Room, 0, 10, Cancel));
            var state = Assert.ThrowsAsync<RealtimeException>(async () => await store.GetStateAsync(Room, Cancel));
            Assert.All(await Task.WhenAll(append, read, state), failure => Assert.True(failure.IsTransient));
            // The command, its cancelling, and as long for a machine that is busy.
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromMilliseconds(900), TimeSpan.FromSeconds(6));
        }
        finally
        {
            await Service.ThawAsync();
        }

        await store.AppendAsync([Draft("b")], Cancel);
        Assert.Equal(2, (await store.GetStateAsync(Room, Cancel)).Head);
    }

    [Fact]
    public async Task An_append_that_is_cancelled_while_it_runs_is_appended_all_the_same()
    {
        await using var store = await OpenAsync();
        await store.AppendAsync([Draft("a")], Cancel);
        await using var locking = new NpgsqlConnection($"{Service.Address};Pooling=false");
        await locking.OpenAsync(Cancel);
        await using var transaction = await locking.BeginTransactionAsync(Cancel);
        await using (var command = new NpgsqlCommand("SELECT 1 FROM realtime.channels FOR UPDATE", locking))
            await command.ExecuteNonQueryAsync(Cancel);

        using var source = new CancellationTokenSource();
        var append = store.AppendAsync([Draft("b")], source.Token).AsTask();
        await WaitingForLockAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Deadline.WithinAsync(append, "end of the wait"));
        await transaction.CommitAsync(Cancel);

        // Disposing waits for what was accepted.
        await store.DisposeAsync();
        await using var again = await OpenAsync();
        Assert.Equal(["a", "b"], (await again.ReadAsync(Room, 0, 10, Cancel)).Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task An_append_that_waits_too_long_for_another_leaves_nothing_and_no_hole()
    {
        await using var store = await OpenAsync(options => options.CommandTimeout = TimeSpan.FromSeconds(1));
        await store.AppendAsync([Draft("a")], Cancel);
        await using (var locking = new NpgsqlConnection($"{Service.Address};Pooling=false"))
        {
            await locking.OpenAsync(Cancel);
            await using var transaction = await locking.BeginTransactionAsync(Cancel);
            await using (var command = new NpgsqlCommand("SELECT 1 FROM realtime.channels FOR UPDATE", locking))
                await command.ExecuteNonQueryAsync(Cancel);

            var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.AppendAsync([Draft("b")], Cancel));
            Assert.True(failure.IsTransient);
            Assert.Contains("in time", failure.Message, StringComparison.Ordinal);
            Assert.Equal(1, (await store.GetStateAsync(Room, Cancel)).Head);
        }

        var outcome = (await store.AppendAsync([Draft("b")], Cancel))[0];
        Assert.False(outcome.IsDuplicate);
        Assert.Equal(2, outcome.Message.Offset);
    }

    private static MessageDraft Draft(string id) => new(Room, id, Message.DefaultType, "alice", Start, "1"u8.ToArray());

    /// <summary>As publishers do: what fails for now is appended again with its ids.</summary>
    private static async Task<List<AppendOutcome>> AppendUntilAsync(
        PostgreSqlMessageStore store, string caller, Action acknowledged, CancellationToken stop)
    {
        var outcomes = new List<AppendOutcome>();
        for (var batch = 0; !stop.IsCancellationRequested; batch++)
        {
            var drafts = Enumerable.Range(0, 5).Select(i => Draft($"{caller}-{batch}-{i}")).ToArray();
            while (true)
            {
                try
                {
                    outcomes.AddRange(await store.AppendAsync(drafts, Cancel));
                    acknowledged();
                    break;
                }
                catch (RealtimeException failure)
                {
                    Assert.True(failure.IsTransient, failure.ToString());
                    await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
                }
            }
        }

        return outcomes;
    }

    /// <summary>That the channel holds exactly what was acknowledged, each id at its offset, without holes.</summary>
    private static async Task AssertAllThereAsync(PostgreSqlMessageStore store, AppendOutcome[] acknowledged)
    {
        var stored = (await store.ReadAsync(Room, 0, int.MaxValue, Cancel)).Messages;
        Assert.Equal(stored.Select((_, i) => i + 1L), stored.Select(message => message.Offset));
        Assert.Equal(
            acknowledged.Select(outcome => (outcome.Message.Offset, outcome.Message.Id)).Order(),
            stored.Select(message => (message.Offset, message.Id)));
    }

    private async Task WaitingForLockAsync() => await Deadline.UntilAsync(
        () => Server.ExecuteAsync("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'realtime' AND wait_event_type = 'Lock'"),
        count => count is 1L,
        "append that waits for a lock");

    private async Task RestartAsync()
    {
        await Service.StopAsync();
        await Service.StartAsync();
    }

    private async Task<PostgreSqlMessageStore> OpenAsync(Action<PostgreSqlOptions>? configure = null)
    {
        var options = Server.Options("realtime");
        configure?.Invoke(options);
        var store = PostgreSqlSchemas.StoreAt(options, new MessageStoreOptions { Retention = { ["Default"] = new RetentionRule { MaxMessages = int.MaxValue } } });
        await store.OpenAsync(Cancel);
        return store;
    }
}
