using System.Net;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

public sealed class TokenTests(ClientServer server) : ClientTest(server)
{
    [Theory]
    [MemberData(nameof(EveryTransport))]
    [InlineData(RealtimeTransport.Auto)]
    public async Task A_token_that_is_refused_for_good_ends_the_enumeration(RealtimeTransport transport)
    {
        var options = Options(transport);
        options.Token = _ => ValueTask.FromResult(TestToken.Create("bob", TimeSpan.FromHours(1), new string('x', 40)));
        await using var reader = new TestSubscription(Open(options), [Channel], null);
        var error = await Assert.ThrowsAsync<RealtimeClientException>(() => reader.TakeAsync(1));
        Assert.Equal(("unauthenticated", HttpStatusCode.Unauthorized), (error.Code, error.Status));
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_token_that_was_refused_is_asked_for_again(RealtimeTransport transport)
    {
        var asked = 0;
        var options = Options(transport);
        options.Token = _ => ValueTask.FromResult(
            TestToken.Create("bob", TimeSpan.FromHours(1), Interlocked.Increment(ref asked) == 1 ? new string('x', 40) : TestToken.HmacKey));
        await ReadAsync(Open(options));
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData(RealtimeTransport.WebSocket)]
    [InlineData(RealtimeTransport.ServerSentEvents)]
    public async Task A_connection_whose_token_ends_goes_on_with_another(RealtimeTransport transport)
    {
        var asked = 0;
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(transport);
        // The server grants 30 s beyond the end.
        options.Token = _ =>
        {
            if (Interlocked.Increment(ref asked) > 1)
                renewed.TrySetResult();
            return ValueTask.FromResult(TestToken.Create("bob", asked == 1 ? TimeSpan.FromSeconds(-28) : TimeSpan.FromHours(1)));
        };
        var reader = await ReadAsync(Open(options));
        await Alice.PublishRangeAsync(Channel, 1, 1);
        AssertOffsets(1, await reader.TakeAsync(1));
        await Deadline.WithinAsync(renewed.Task, "second token");
        await Alice.PublishRangeAsync(Channel, 2, 1);
        AssertOffsets(2, await reader.TakeAsync(1));
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_channel_that_may_not_be_read_ends_the_enumeration(RealtimeTransport transport)
    {
        await using var reader = new TestSubscription(Open(Options(transport)), ["user:somebody-else"], null);
        Assert.Equal("forbidden", (await Assert.ThrowsAsync<RealtimeClientException>(() => reader.TakeAsync(1))).Code);
    }

    [Fact]
    public async Task A_callback_that_fails_is_asked_again()
    {
        var asked = 0;
        var options = Options();
        options.Token = _ => Interlocked.Increment(ref asked) <= 3
            ? throw new InvalidOperationException("Not signed in yet.")
            : ValueTask.FromResult(TestToken.Create("bob", TimeSpan.FromHours(1)));
        await ReadAsync(Open(options));
        Assert.True(asked >= 4);
    }

    [Theory]
    [InlineData(5, 2)]
    [InlineData(60, 1)]
    public async Task A_token_is_renewed_before_it_ends(int seconds, int expected)
    {
        var asked = 0;
        var options = Options();
        options.Token = _ =>
        {
            asked++;
            return ValueTask.FromResult(TestToken.Create("bob", TimeSpan.FromSeconds(seconds)));
        };
        var client = Open(options);
        await client.PublishAsync(Channel, 1, cancellationToken: Cancelled);
        await client.PublishAsync(Channel, 2, cancellationToken: Cancelled);
        Assert.Equal(expected, asked);
    }
}
