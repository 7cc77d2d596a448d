using System.Diagnostics;
using Realtime.Backbones;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

/// <summary>What every backbone with a broker has to do while the broker is away, hangs or comes back. No two tests use a broker at the same time.</summary>
public abstract partial class BrokerOutageConformance : BackboneSuite
{
    /// <summary>Starts the broker where it does not run, with what it kept, and waits until it answers; the first time too.</summary>
    protected abstract Task StartBrokerAsync();

    /// <summary>Ends the broker where it runs: in an orderly way, or by killing it.</summary>
    protected abstract Task EndBrokerAsync(bool kills);

    /// <summary>Lets the broker hang, with its connections open.</summary>
    protected abstract Task FreezeBrokerAsync();

    /// <summary>Lets it go on.</summary>
    protected abstract Task ThawBrokerAsync();

    [Fact]
    public async Task A_node_starts_without_the_broker_and_connects_once_it_is_there()
    {
        await EndBrokerAsync(kills: false);
        var a = await CreateMemberAsync();
        var b = await CreateMemberAsync();

        await a.StartAsync();
        await b.StartAsync(1);

        await SaysWhatIsWrongAsync(a);
        Assert.Equal(BackboneSend.Lost, await a.SendAsync(1, 1));
        Assert.Equal(0, a.Receiver.Missed);
        await StartBrokerAsync();
        await a.ConnectedAsync();
        await b.ConnectedAsync();
        Assert.Null(a.Backbone.Health.Detail);
        await a.MustSendAsync(1, 2);
        await b.Receiver.CountAsync(1);
        Assert.Equal([2], b.Numbers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broker_that_ends_and_comes_back_loses_frames_and_the_nodes_hear_of_it(bool kills)
    {
        await StartBrokerAsync();
        var a = await JoinAsync();
        var b = await JoinAsync(1, 2);
        await a.MustSendAsync(1, 1);
        await b.Receiver.CountAsync(1);
        var (missedByA, missedByB) = (a.Receiver.Missed, b.Receiver.Missed);

        await EndBrokerAsync(kills);
        await SaysWhatIsWrongAsync(a);
        await SaysWhatIsWrongAsync(b);
        Assert.Equal(BackboneSend.Lost, await a.SendAsync(1, 2));
        await StartBrokerAsync();
        await a.ConnectedAsync(missedByA);
        await b.ConnectedAsync(missedByB);

        for (var number = 10; number < 20; number++)
            await a.MustSendAsync(number % 2 + 1, number);
        await b.Receiver.UntilAsync(() => b.Numbers().Count(number => number >= 10) == 10, "frames after the broker came back");
        Assert.Equal(b.Numbers().Distinct(), b.Numbers());
    }

    [Fact]
    public async Task While_the_broker_is_away_a_send_is_lost_at_once()
    {
        await StartBrokerAsync();
        var a = await JoinAsync();
        await EndBrokerAsync(kills: true);
        await SaysWhatIsWrongAsync(a);

        var watch = Stopwatch.StartNew();
        for (var number = 0; number < 100; number++)
        {
            Assert.Equal(BackboneSend.Lost, await a.SendAsync(1, number, size: 100_000));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{number + 1} sends took {watch.Elapsed}");
        }
    }

    [Fact]
    public async Task A_broker_that_is_killed_during_work_answers_every_send()
    {
        await StartBrokerAsync();
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        var sends = Range(0, 8).Select(sender => Task.Run(async () =>
        {
            var sent = BackboneSend.Sent;
            for (var i = 0; sent != BackboneSend.Lost; i++)
                sent = await a.SendAsync(1, (sender * 100_000) + i);
        }, Cancel)).ToList();
        await b.Receiver.CountAsync(200);

        await EndBrokerAsync(kills: true);

        await Task.WhenAll(sends).Within("an answer to every send");
    }

    [Fact]
    public async Task A_shard_that_is_wanted_while_the_broker_is_away_arrives_once_it_is_back()
    {
        await StartBrokerAsync();
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        await EndBrokerAsync(kills: true);
        await SaysWhatIsWrongAsync(b);
        var missed = (a.Receiver.Missed, b.Receiver.Missed);

        b.Want(2);
        await StartBrokerAsync();
        await a.ConnectedAsync(missed.Item1);
        await b.ConnectedAsync(missed.Item2);
        // A broker that keeps nothing loses what is sent before the shard is wanted there again.
        var arrived = b.Receiver.UntilAsync(() => b.Numbers().Contains(2), "the frame of the shard");
        while (!arrived.IsCompleted)
            await a.MustSendAsync(2, 2);
        await arrived;
        await a.MustSendAsync(1, 1);

        await b.Receiver.UntilAsync(() => b.Numbers().Contains(1), "the frame of the other shard");
        Assert.Equal([1, 2], b.Numbers().Distinct().Order());
    }

    [Fact]
    public async Task A_broker_that_hangs_keeps_no_send_waiting_for_ever_and_goes_on_afterwards()
    {
        await StartBrokerAsync();
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        await FreezeBrokerAsync();

        var sends = Range(0, 10).Select(number => a.SendAsync(1, number)).ToList();
        await Task.WhenAll(sends);
        await SaysWhatIsWrongAsync(a);
        await ThawBrokerAsync();

        await a.Receiver.UntilAsync(() => a.Backbone.Health.IsConnected && b.Backbone.Health.IsConnected, "both connections");
        await a.MustSendAsync(1, 100);
        await b.Receiver.UntilAsync(() => b.Numbers().Contains(100), "a frame after the broker goes on");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposing_waits_for_no_broker(bool hangs)
    {
        await StartBrokerAsync();
        var a = await JoinAsync(1);
        if (hangs)
            await FreezeBrokerAsync();
        else
            await EndBrokerAsync(kills: true);
        var send = a.SendAsync(1, 1);

        var watch = Stopwatch.StartNew();
        await a.DisposeAsync().AsTask().Within("a backbone that is disposed");

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}");
        Assert.Equal(BackboneSend.Lost, await send);
    }

    /// <summary>Waits until the node's health says that it is not connected, and why in one sentence.</summary>
    private static async Task SaysWhatIsWrongAsync(BackboneMember member)
    {
        await member.Receiver.UntilAsync(() => member.Backbone.Health is { IsConnected: false, Detail: not null }, "health that says what is wrong");
        Assert.EndsWith(".", member.Backbone.Health.Detail, StringComparison.Ordinal);
    }
}
