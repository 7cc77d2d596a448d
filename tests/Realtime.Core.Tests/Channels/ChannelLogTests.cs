using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Channels;

public sealed class ChannelLogTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly Epoch Life = new(7);

    private FakeTimeProvider Time { get; } = new();

    /// <summary>Batches as a broker may bring them: each an offset and a length, late, repeated, skipped, overlapping.</summary>
    private static readonly Gen<(int First, int Count, bool Reads, int ReadLimit)[]> Arrivals =
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 8], Gen.Bool, Gen.Int[1, 10]).Array[1, 60];

    [Fact]
    public void Whatever_way_batches_arrive_a_reader_sees_each_message_once_and_in_order() => Arrivals.Sample(
        arrivals =>
        {
            var budget = new TailBudget();
            var log = new ChannelLog(A, budget, new HoleTimer(Time), pumps: 1);
            log.Observe(new ChannelState(Life, 1, 0));
            var stored = Enumerable.Range(1, 70).Select(offset => MessageAt(offset)).ToList();
            var read = new List<long>();
            var position = new Position(Life, 0);

            foreach (var (first, count, reads, limit) in arrivals)
            {
                log.Append([.. stored.Skip(first - 1).Take(count)], new ChannelState(Life, 1, first + count - 1));
                if (reads)
                    ReadOnce(log, stored, ref position, read, limit);
            }

            // What is still missing by now is waited for no longer.
            log.GiveUpHole(log.HoleNumber);
            while (position.Offset < log.Head)
                ReadOnce(log, stored, ref position, read, 10);

            var newest = arrivals.Max(arrival => arrival.First + arrival.Count - 1);
            Assert.Equal(Enumerable.Range(1, newest).Select(offset => (long)offset), read);
            log.DropTail();
            Assert.Equal(0, budget.Bytes);
        },
        iter: 2000);

    [Fact]
    public void A_hole_is_waited_for_a_moment_and_then_left_to_the_store()
    {
        var log = new ChannelLog(A, new TailBudget(), new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));
        log.Append([MessageAt(1)], new ChannelState(Life, 1, 1));

        log.Append([MessageAt(3)], new ChannelState(Life, 1, 3));
        Assert.Equal(1, log.Head);
        log.Append([MessageAt(2)], new ChannelState(Life, 1, 2));
        Assert.Equal(3, log.Head);
        var output = new List<Message>();
        Assert.Equal(TailRead.Complete, log.Read(new Position(Life, 0), 10, int.MaxValue, output, out _));
        Assert.Equal([1, 2, 3], output.Select(message => message.Offset));

        log.Append([MessageAt(6)], new ChannelState(Life, 1, 6));
        log.Append([MessageAt(8)], new ChannelState(Life, 1, 8));
        Time.Advance(HoleTimer.Patience);
        Assert.Equal(8, log.Head);
        Assert.Equal(TailRead.Behind, log.Read(new Position(Life, 3), 10, int.MaxValue, output, out _));
    }

    [Fact]
    public void No_more_is_held_behind_a_hole_than_a_bound()
    {
        var log = new ChannelLog(A, new TailBudget(), new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));
        for (var offset = 2; offset <= 1000; offset++)
            log.Append([MessageAt(offset)], new ChannelState(Life, 1, offset));

        Assert.Equal(1000, log.Head);
    }

    [Fact]
    public void The_tail_holds_the_newest_messages_within_its_bounds()
    {
        var budget = new TailBudget();
        var log = new ChannelLog(A, budget, new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));

        for (var offset = 1; offset <= MessageTail.MaxMessages + 100; offset++)
            log.Append([MessageAt(offset)], new ChannelState(Life, 1, offset));

        var output = new List<Message>();
        Assert.Equal(TailRead.Behind, log.Read(new Position(Life, 99), 5000, int.MaxValue, output, out _));
        Assert.Equal(TailRead.Complete, log.Read(new Position(Life, 100), 5000, int.MaxValue, output, out _));
        Assert.Equal(MessageTail.MaxMessages, output.Count);
        Assert.Equal(output.Sum(message => message.Json.Length), budget.Bytes);
    }

    [Fact]
    public void Large_messages_are_bounded_by_their_bytes_and_the_newest_is_always_there()
    {
        var budget = new TailBudget();
        var log = new ChannelLog(A, budget, new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));

        for (var offset = 1; offset <= 10; offset++)
        {
            log.Append([MessageAt(offset, MessageTail.MaxBytes / 2)], new ChannelState(Life, 1, offset));
            Assert.InRange(budget.Bytes, 1, MessageTail.MaxBytes);
        }

        log.Append([MessageAt(11, MessageTail.MaxBytes * 2)], new ChannelState(Life, 1, 11));
        var output = new List<Message>();
        Assert.Equal(TailRead.Complete, log.Read(new Position(Life, 10), 10, 1, output, out _));
        Assert.Equal([11], output.Select(message => message.Offset));
    }

    [Fact]
    public void A_read_stops_before_the_message_that_exceeds_its_bounds_but_gives_one()
    {
        var log = new ChannelLog(A, new TailBudget(), new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));
        log.Append([.. Enumerable.Range(1, 10).Select(offset => MessageAt(offset))], new ChannelState(Life, 1, 10));
        var size = MessageAt(1).Json.Length;

        Assert.Equal(3, Read(limit: 3, maxBytes: int.MaxValue));
        Assert.Equal(4, Read(limit: 100, maxBytes: 4 * size));
        Assert.Equal(3, Read(limit: 100, maxBytes: (4 * size) - 1));
        Assert.Equal(1, Read(limit: 100, maxBytes: 1));

        int Read(int limit, int maxBytes)
        {
            var output = new List<Message>();
            Assert.Equal(TailRead.Complete, log.Read(new Position(Life, 0), limit, maxBytes, output, out _));
            return output.Count;
        }
    }

    [Fact]
    public void Another_epoch_is_a_gap_and_starts_the_tail_anew()
    {
        var log = new ChannelLog(A, new TailBudget(), new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));
        log.Append([MessageAt(1)], new ChannelState(Life, 1, 1));

        var next = new Epoch(8);
        log.Append([MessageAt(1)], new ChannelState(next, 1, 1));

        Assert.Equal(TailRead.Gap, log.Read(new Position(Life, 1), 10, 1000, [], out var gap));
        Assert.Equal((GapReason.Epoch, 1L, next), (gap!.Reason, gap.First, gap.Epoch));
        var output = new List<Message>();
        Assert.Equal(TailRead.Complete, log.Read(gap.Resume, 10, 1000, output, out _));
        Assert.Single(output);
    }

    [Fact]
    public void A_log_that_is_being_dropped_takes_nothing_off_the_budget_for_good()
    {
        var budget = new TailBudget();
        var log = new ChannelLog(A, budget, new HoleTimer(Time), pumps: 1);
        log.Observe(new ChannelState(Life, 1, 0));
        Assert.True(log.TryEvict());

        // A commit that had found the log before it was dropped.
        log.Append([MessageAt(1)], new ChannelState(Life, 1, 1));

        Assert.Equal(0, budget.Bytes);
        Assert.False(log.TryLease());
    }

    [Fact]
    public async Task Readers_are_woken_by_what_the_store_says_too()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        var poll = node.Polls.PollAsync(
            new PollRequest([A], StartAt(reader, node), 10, TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken).AsTask();
        // Committed elsewhere, and the push of it was lost.
        var outcomes = await node.Store.AppendAsync(
            [new MessageDraft(A, "elsewhere", "message", "carol", node.Time.GetUtcNow(), "1"u8.ToArray())], TestContext.Current.CancellationToken);
        Assert.True(node.Logs.TryGet(A, out var log));

        log.Observe(outcomes[0].State);

        await reader.Connection.WhenMessagesAsync(1);
        Assert.Single((await poll.Within("the poll")).Messages);
    }

    [Fact]
    public void Only_the_newest_signals_are_kept()
    {
        var log = new ChannelLog(A, new TailBudget(), new HoleTimer(Time), pumps: 1);
        for (var i = 0; i < SignalRing.Capacity + 10; i++)
            log.Append(new Signal(new MessageDraft(A, $"s{i}", "typing", "alice", DateTimeOffset.UnixEpoch, "1"u8.ToArray())));

        var output = new List<Signal>();
        Assert.Equal(SignalRing.Capacity + 10, log.ReadSignals(0, output));
        Assert.Equal(SignalRing.Capacity, output.Count);
        Assert.Equal("s10", output[0].Draft.Id);
        Assert.Equal(SignalRing.Capacity + 10, log.ReadSignals(SignalRing.Capacity + 10, output));
        Assert.Equal(SignalRing.Capacity, output.Count);
    }

    private static Realtime.Sessions.ReadStart StartAt(MemoryReader reader, MemoryNode node)
    {
        Assert.True(node.Logs.TryGet(A, out var log));
        var cursor = new Realtime.Sessions.CursorBuilder();
        cursor.Add(log.Key, new Position(log.State.Epoch, 0));
        Assert.Equal(1, reader.Session.ChannelCount);
        Assert.True(Realtime.Sessions.ReadStart.TryParse(cursor.ToString(), out var start));
        return start;
    }

    private static void ReadOnce(ChannelLog log, List<Message> stored, ref Position position, List<long> read, int limit)
    {
        var output = new List<Message>();
        if (log.Read(position, limit, int.MaxValue, output, out var gap) == TailRead.Behind)
            output.AddRange(stored.Skip((int)position.Offset).Take((int)Math.Min(limit, log.Head - position.Offset)));
        Assert.Null(gap);
        read.AddRange(output.Select(message => message.Offset));
        if (output.Count > 0)
            position = position with { Offset = output[^1].Offset };
    }

    private static Message MessageAt(long offset, int size = 1) =>
        Message.Create(new MessageDraft(A, $"m{offset:d4}", "message", "alice", DateTimeOffset.UnixEpoch, new byte[size]), offset);
}
