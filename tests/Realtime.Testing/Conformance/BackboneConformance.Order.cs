using Realtime.Backbones;

namespace Realtime.Testing.Conformance;

public abstract partial class BackboneConformance
{
    [Fact]
    public async Task Frames_arrive_once_and_in_the_order_in_which_they_were_sent()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);

        var sends = Range(0, 500).Select(number => a.SendAsync(1, number)).ToList();

        Assert.All(await Task.WhenAll(sends), sent => Assert.Equal(BackboneSend.Sent, sent));
        await b.Receiver.CountAsync(500);
        Assert.Equal(Range(0, 500), b.Numbers());
    }

    [Fact]
    public async Task Frames_go_in_both_directions()
    {
        var a = await JoinAsync(1);
        var b = await JoinAsync(1);

        for (var number = 0; number < 20; number++)
        {
            await a.MustSendAsync(1, number);
            await b.MustSendAsync(1, 1_000 + number);
        }

        // A sender may get its own frames as well.
        await a.Receiver.UntilAsync(() => a.Numbers().Count(number => number >= 1_000) == 20, "what the other node sent");
        await b.Receiver.UntilAsync(() => b.Numbers().Count(number => number < 1_000) == 20, "what the other node sent");
        Assert.Equal(Range(1_000, 20), a.Numbers().Where(number => number >= 1_000));
        Assert.Equal(Range(0, 20), b.Numbers().Where(number => number < 1_000));
    }

    [Fact]
    public async Task Many_senders_at_once_keep_each_their_own_order()
    {
        const int Senders = 16, Each = 50;
        var a = await JoinAsync();
        var b = await JoinAsync(Range(0, Senders));

        await Task.WhenAll(Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
                await a.MustSendAsync(sender, (sender * 1_000) + i, size: 500);
        }, Cancel)));

        await b.Receiver.CountAsync(Senders * Each);
        var bySender = b.Numbers().ToLookup(number => number / 1_000, number => number % 1_000);
        Assert.All(Range(0, Senders), sender => Assert.Equal(Range(0, Each), bySender[sender]));
        Assert.False(b.Receiver.WasEnteredTwice, "two frames were handed over at a time");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [InlineData(4_096)]
    [InlineData(65_537)]
    [InlineData(1 << 20)]
    public async Task A_frame_of_any_size_arrives_as_it_was(int size)
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        var frame = new byte[size];
        new Random(size).NextBytes(frame);
        var sent = frame.ToArray();

        Assert.Equal(BackboneSend.Sent, await a.Backbone.SendAsync(1, sent, Cancel));
        // What it was sent from is used again.
        Array.Clear(sent);

        await b.Receiver.CountAsync(1);
        Assert.Equal(frame, b.Receiver.Frames[0]);
    }

    [Fact]
    public async Task A_frame_stays_as_it_is_while_it_is_taken()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        b.Receiver.Close();

        for (var number = 0; number < 50; number++)
            await a.MustSendAsync(1, number, size: 10_000);
        await b.Receiver.UntilAsync(() => b.Receiver.Inside == 1, "a frame to be taken");
        b.Receiver.Open();

        await b.Receiver.CountAsync(50);
        Assert.Equal(Range(0, 50), b.Numbers());
    }
}
