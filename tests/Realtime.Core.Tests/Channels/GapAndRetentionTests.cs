using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Channels;

public sealed class GapAndRetentionTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly Epoch Life = new(1);
    private static readonly Epoch Other = new(2);

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(0, 1, 5)]
    [InlineData(5, 1, 5)]
    [InlineData(2, 3, 5)]
    [InlineData(5, 6, 5)]
    public void Where_all_that_follows_is_there_is_no_gap(long offset, long first, long head) =>
        Assert.Null(Gap.Between(A, new Position(Life, offset), new ChannelState(Life, first, head)));

    [Theory]
    [InlineData(0, 3, 5, 1, 3)]
    [InlineData(1, 3, 5, 2, 3)]
    [InlineData(0, 6, 5, 1, 6)]
    public void What_retention_removed_is_a_gap_from_the_first_that_is_missing(long offset, long first, long head, long requested, long resumes)
    {
        var gap = Gap.Between(A, new Position(Life, offset), new ChannelState(Life, first, head))!;

        Assert.Equal(new Gap(A, Life, requested, resumes, head, GapReason.Trimmed), gap);
        Assert.Equal(new Position(Life, resumes - 1), gap.Resume);
        Assert.Null(Gap.Between(A, gap.Resume, new ChannelState(Life, first, head)));
    }

    [Fact]
    public void Another_life_is_a_gap_wherever_one_stood()
    {
        foreach (var offset in new long[] { 0, 3, 100 })
        {
            var gap = Gap.Between(A, new Position(Other, offset), new ChannelState(Life, 2, 5))!;
            Assert.Equal((GapReason.Epoch, offset + 1, 2L), (gap.Reason, gap.Requested, gap.First));
        }
    }

    [Fact]
    public void A_place_beyond_the_head_is_another_life_and_reading_goes_on_after_the_head()
    {
        var gap = Gap.Between(A, new Position(Life, 9), new ChannelState(Life, 2, 5))!;

        Assert.Equal(new Gap(A, Life, 10, 6, 5, GapReason.Epoch), gap);
        Assert.Equal(5, gap.Resume.Offset);
    }

    [Fact]
    public void A_rule_is_found_by_namespace_then_by_default_then_built_in()
    {
        var options = new RetentionOptions();
        Assert.Equal((10_000, TimeSpan.FromDays(7)), (options.For(A).MaxMessages, options.For(A).MaxAge));

        options["Default"] = new RetentionRule { MaxMessages = 5 };
        options["Room"] = new RetentionRule { MaxMessages = 7 };

        Assert.Equal(5, options.For(A).MaxMessages);
        Assert.Equal(7, options.For(ChannelName.Parse("room:general")).MaxMessages);
        Assert.Equal(7, options.For(ChannelName.Parse("room")).MaxMessages);
        Assert.Equal(5, options.For(ChannelName.Parse("rooms:general")).MaxMessages);
    }

    [Fact]
    public async Task What_is_too_old_is_trimmed_within_ten_seconds_and_readers_are_told()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(
            time, store: new() { Retention = { ["Default"] = new RetentionRule { MaxAge = TimeSpan.FromMinutes(1) } } });
        var observer = new TrimObserver();
        using var service = new RetentionService(
            node.Store, node.Logs, [observer], time, Microsoft.Extensions.Logging.Abstractions.NullLogger<RetentionService>.Instance);
        var log = await node.Logs.AcquireAsync(A, TestContext.Current.CancellationToken);
        await node.PublishAsync(A, 3);
        await service.StartAsync(TestContext.Current.CancellationToken);

        // The service waits for its first tick on another thread; each step gives it one more.
        var trimmed = WhenAsync(() => log.State.First == 4, () => time.Advance(TimeSpan.FromSeconds(10)));
        time.Advance(TimeSpan.FromMinutes(1));
        await trimmed.Within("trimming");
        await service.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new ChannelState(log.State.Epoch, 4, 3), log.State);
        Assert.Equal([new TrimmedChannel(A, log.State)], observer.Trims);
    }

    private static async Task WhenAsync(Func<bool> condition, Action step)
    {
        for (var steps = 0; steps < 100_000 && !condition(); steps++)
        {
            step();
            await Task.Yield();
        }
    }

    private sealed class TrimObserver : ILogObserver
    {
        public List<TrimmedChannel> Trims { get; } = [];

        public void Committed(IReadOnlyList<ChannelBatch> commit)
        {
        }

        public void Trimmed(TrimmedChannel channel) => Trims.Add(channel);
    }
}
