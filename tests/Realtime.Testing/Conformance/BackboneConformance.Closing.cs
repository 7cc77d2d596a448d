using Realtime.Backbones;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

public abstract partial class BackboneConformance
{
    [Fact]
    public async Task Disposing_the_sender_during_work_answers_every_send()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        var sends = Range(0, 8).Select(sender => Task.Run(async () =>
        {
            var sent = BackboneSend.Sent;
            // Where a full queue refuses, a sender goes on all the same.
            for (var i = 0; sent != BackboneSend.Lost; i++)
            {
                sent = await a.SendAsync(1, (sender * 100_000) + i);
                await Task.Yield();
            }

            return sent;
        }, Cancel)).ToList();
        await b.Receiver.CountAsync(100);

        await a.DisposeAsync().AsTask().Within("a sender that is disposed");

        Assert.All(await Task.WhenAll(sends), sent => Assert.Equal(BackboneSend.Lost, sent));
        Assert.False(a.Backbone.Health.IsConnected);
    }

    [Fact]
    public async Task Disposing_the_receiver_during_work_cancels_what_it_takes_and_hands_over_nothing_more()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        b.Receiver.Close();
        for (var number = 0; number < 20; number++)
            await a.MustSendAsync(1, number);
        await b.Receiver.UntilAsync(() => b.Receiver.Inside == 1, "a frame to be taken");

        await b.DisposeAsync().AsTask().Within("a receiver that is disposed");
        b.Receiver.Open();

        Assert.Equal(0, b.Receiver.Inside);
        Assert.Empty(b.Receiver.Frames);
        Assert.NotEqual(BackboneSend.Lost, await a.SendAsync(1, 100));
    }

    [Fact]
    public async Task A_disposed_backbone_loses_what_is_sent_and_can_be_disposed_again()
    {
        var a = await JoinAsync();
        await a.DisposeAsync();
        await a.DisposeAsync();

        Assert.Equal(BackboneSend.Lost, await a.SendAsync(1, 1));
        Assert.False(a.Backbone.Health.IsConnected);
    }

    [Fact]
    public async Task A_backbone_that_was_never_started_loses_what_is_sent_and_can_be_disposed()
    {
        var a = await CreateMemberAsync();

        Assert.Equal(BackboneSend.Lost, await a.SendAsync(1, 1));
        await a.DisposeAsync();
    }

    [Fact]
    public async Task A_send_that_is_cancelled_before_it_begins_sends_nothing()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a.Backbone.SendAsync(1, BackboneMember.Frame(1), source.Token).AsTask());

        await a.MustSendAsync(1, 2);
        await b.Receiver.CountAsync(1);
        Assert.Equal([2], b.Numbers());
    }
}
