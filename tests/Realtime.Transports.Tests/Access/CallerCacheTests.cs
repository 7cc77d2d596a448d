using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Realtime.Transports.Access;

namespace Realtime.Transports.Tests.Access;

public sealed class CallerCacheTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_never_holds_more_than_its_capacity_and_keeps_what_is_used()
    {
        var cache = new CallerCache(_time, capacity: 100);
        var used = Add(cache, "used");

        for (var i = 0; i < 1000; i++)
        {
            Add(cache, $"token {i}");
            Assert.True(cache.TryGet(CallerCache.KeyOf("used"), out var found));
            Assert.Same(used, found);
            Assert.InRange(cache.Count, 1, 101);
        }

        Assert.False(cache.TryGet(CallerCache.KeyOf("token 0"), out _));
    }

    [Fact]
    public void An_entry_ends_with_its_token()
    {
        var cache = new CallerCache(_time);
        Add(cache, "token");

        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.True(cache.TryGet(CallerCache.KeyOf("token"), out _));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.False(cache.TryGet(CallerCache.KeyOf("token"), out _));
    }

    [Fact]
    public async Task Many_at_once_neither_fail_nor_exceed_the_bound()
    {
        var cache = new CallerCache(_time, capacity: 64);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            () =>
            {
                for (var i = 0; i < 5000; i++)
                {
                    Add(cache, $"{worker % 2} {i}");
                    cache.TryGet(CallerCache.KeyOf($"{worker} {i / 2}"), out _);
                }
            },
            TestContext.Current.CancellationToken)));

        // Each thread may add one between the check and the turn of the generation.
        Assert.InRange(cache.Count, 1, 64 + 8);
    }

    [Fact]
    public async Task A_token_that_was_seen_is_answered_at_once_and_without_allocation()
    {
        await using var server = await AccessServer.StartJwtAsync();
        var authenticator = server.Services.GetRequiredService<CallerAuthenticator>();
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = "Bearer " + server.Token();
        var first = await authenticator.AuthenticateAsync(context, CredentialSources.Bearer);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var again = authenticator.AuthenticateAsync(context, CredentialSources.Bearer);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(again.IsCompletedSuccessfully);
        Assert.Same(first, await again);
        Assert.Equal(0, allocated);
    }

    private Caller Add(CallerCache cache, string token)
    {
        var caller = new Caller("alice", _time.GetUtcNow().AddMinutes(1), null, null);
        cache.Add(CallerCache.KeyOf(token), caller);
        return caller;
    }
}
