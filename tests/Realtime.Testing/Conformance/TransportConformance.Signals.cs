using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    /// <summary>The fact of the transports that carry signals: all but short polling.</summary>
    protected async Task SignalReachesWhoeverIsConnectedAsync()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);

        // A long poll gets what happens while it is held, and when that begins only the server knows.
        SignalEvent? received = null;
        var waiting = reader.NextAsync<SignalEvent>("signal");
        while (received is null)
        {
            await Alice.SignalAsync(channel, "typing", """{"on":true}""");
            if (await Task.WhenAny(waiting, Task.Delay(200, TestContext.Current.CancellationToken)) == waiting)
                received = await waiting;
        }

        var signal = received.Signal;
        Assert.Equal((channel, null, "typing", "alice"), (signal.Channel, signal.Offset, signal.Type, signal.User));
        Assert.True(signal.Data.GetProperty("on").GetBoolean());
        Assert.Equal(0, await Alice.HeadAsync(channel));
    }

    [Fact]
    public async Task A_signal_moves_no_cursor_and_hides_no_message()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        await Alice.PublishAsync(channel, "1");
        await Alice.SignalAsync(channel, "typing", "null");
        await Alice.PublishAsync(channel, "2");
        var messages = new List<ReceivedMessage>();
        while (messages.Count < 2)
        {
            if (await reader.NextAsync("message") is BatchEvent batch)
                messages.AddRange(batch.Messages);
        }

        AssertOffsets(1, messages);
    }
}
