using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Delivery;

public sealed class LogReaderTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");

    [Fact]
    public async Task A_thousand_readers_that_come_back_together_share_the_reads_of_pages()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 10 * LogReader.PageSize);
        var readers = new List<MemoryReader>();
        for (var i = 0; i < 1000; i++)
            readers.Add(await node.ConnectAsync("earliest", A));

        foreach (var reader in readers)
            await reader.Connection.WhenMessagesAsync(10 * LogReader.PageSize);

        Assert.InRange(node.Reader.StoreReads, 10, 20);
        Assert.InRange(node.Format.Encodings, 10, 500);
        Assert.All(readers, reader => Assert.Equal(10 * LogReader.PageSize, reader.Connection.Offsets.Distinct().Count()));
    }

    [Fact]
    public async Task Readers_that_wait_for_the_same_page_wait_for_one_read()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 10);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var log = await node.Logs.AcquireAsync(A, Cancel);
        var from = new Position(log.State.Epoch, 3);

        var waiting = Enumerable.Range(0, 20).Select(_ => node.Reader.ReadPageAsync(log, from, Cancel)).ToList();
        gate.SetResult();
        var pages = await Task.WhenAll(waiting).Within("pages");

        Assert.Equal(1, node.Reader.StoreReads);
        Assert.All(pages, page => Assert.Equal([4, 5, 6, 7, 8, 9, 10], page.Select(message => message.Offset)));
    }

    [Fact]
    public async Task One_that_stops_waiting_leaves_the_others_their_page()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 10);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var log = await node.Logs.AcquireAsync(A, Cancel);
        var from = new Position(log.State.Epoch, 0);
        using var leaving = new CancellationTokenSource();

        var left = node.Reader.ReadPageAsync(log, from, leaving.Token);
        var stays = node.Reader.ReadPageAsync(log, from, Cancel);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        gate.SetResult();

        Assert.Equal(10, (await stays.Within("the page")).Count);
    }

    [Fact]
    public async Task A_read_that_fails_is_not_kept()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 10);
        var log = await node.Logs.AcquireAsync(A, Cancel);
        var from = new Position(log.State.Epoch, 0);
        node.Store.Reading = () => throw new RealtimeException("down", isTransient: true);
        await Assert.ThrowsAsync<RealtimeException>(() => node.Reader.ReadPageAsync(log, from, Cancel));

        node.Store.Reading = null;

        Assert.Equal(10, (await node.Reader.ReadPageAsync(log, from, Cancel)).Count);
    }

    [Fact]
    public async Task A_store_that_lost_what_it_acknowledged_is_an_error_and_no_endless_loop()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var log = await node.Logs.AcquireAsync(A, Cancel);
        log.Observe(log.State with { Head = 10 });

        await Assert.ThrowsAsync<RealtimeException>(() => node.Reader.ReadPageAsync(log, new Position(log.State.Epoch, 3), Cancel));
    }

    [Fact]
    public async Task Pages_that_will_be_wanted_come_with_one_read_and_are_shared()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, (3 * LogReader.PageSize) + 5);
        var log = await node.Logs.AcquireAsync(A, Cancel);
        var position = new Position(log.State.Epoch, 0);

        var pages = new List<int>();
        for (var ahead = 10; position.Offset < log.Head; ahead = 0)
        {
            var page = await node.Reader.ReadPageAsync(log, position, Cancel, ahead);
            Assert.Equal(position.Offset + 1, page[0].Offset);
            pages.Add(page.Count);
            position = position with { Offset = page[^1].Offset };
        }

        Assert.Equal([LogReader.PageSize, LogReader.PageSize, LogReader.PageSize, 5], pages);
        // The last page was not full, so nobody may keep it: whoever came after its read has settled reads it again.
        Assert.InRange(node.Reader.StoreReads, 1, 2);
    }

    [Fact]
    public async Task Pages_that_come_with_a_read_hold_what_trimming_has_left_of_them()
    {
        await using var node = await MemoryNode.StartAsync(
            store: new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = 200 } } });
        await node.PublishAsync(A, 400);
        var log = await node.Logs.AcquireAsync(A, Cancel);

        Assert.Empty(await node.Reader.ReadPageAsync(log, new Position(log.State.Epoch, 5), Cancel, 3));
        var first = log.State.First;
        var offsets = new List<long>();
        while (offsets.LastOrDefault(first - 1) < log.Head)
        {
            var page = await node.Reader.ReadPageAsync(log, new Position(log.State.Epoch, offsets.LastOrDefault(first - 1)), Cancel, 3);
            offsets.AddRange(page.Select(message => message.Offset));
        }

        Assert.Equal(201, first);
        Assert.Equal(Enumerable.Range(201, 200).Select(offset => (long)offset), offsets);
    }

    [Fact]
    public async Task Pages_of_trimmed_messages_give_way_to_a_gap()
    {
        await using var node = await MemoryNode.StartAsync(
            store: new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = 200 } } });
        await node.PublishAsync(A, 1000);
        var log = await node.Logs.AcquireAsync(A, Cancel);
        // As a node that has not heard of the trimming yet.
        var from = new Position(log.State.Epoch, 5);

        Assert.Empty(await node.Reader.ReadPageAsync(log, from, Cancel));
        Assert.Equal(TailRead.Gap, log.Read(from, 100, 1000, [], out var gap));
        Assert.Equal(801, gap!.First);
    }

    [Fact]
    public async Task A_read_that_hangs_does_not_keep_the_cache_from_its_bound()
    {
        await using var node = await MemoryNode.StartAsync(delivery: new DeliveryOptions { Pumps = 1, MaxPageBytes = 64 * 1024 });
        var hung = ChannelName.Parse("hung");
        await node.PublishAsync(A, 20 * LogReader.PageSize, $"\"{new string('x', 100)}\"");
        await node.PublishAsync(hung);
        var gate = new TaskCompletionSource();
        var log = await node.Logs.AcquireAsync(A, Cancel);
        var hungLog = await node.Logs.AcquireAsync(hung, Cancel);
        var entered = new TaskCompletionSource();
        node.Store.Reading = () =>
        {
            entered.TrySetResult();
            return gate.Task;
        };
        var hanging = node.Reader.ReadPageAsync(hungLog, new Position(hungLog.State.Epoch, 0), Cancel);
        await entered.Task.Within("the read that hangs");
        node.Store.Reading = null;

        for (var page = 0; page < 20; page++)
            await node.Reader.ReadPageAsync(log, new Position(log.State.Epoch, page * LogReader.PageSize), Cancel);
        var cached = node.Reader.CachedBytes;
        gate.SetResult();
        await hanging;

        Assert.InRange(cached, 1, 64 * 1024);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
