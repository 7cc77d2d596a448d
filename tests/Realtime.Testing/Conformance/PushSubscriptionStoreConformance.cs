using Realtime.Stores;

namespace Realtime.Testing.Conformance;

/// <summary>What every store of push subscriptions has to do.</summary>
public abstract class PushSubscriptionStoreConformance : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An empty store, ready to be used.</summary>
    protected IPushSubscriptionStore Store { get; private set; } = null!;

    /// <summary>Makes an empty store, ready to be used.</summary>
    protected abstract ValueTask<IPushSubscriptionStore> CreateAsync();

    /// <summary>Removes what the stores of a test left behind.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    public async ValueTask InitializeAsync() => Store = await CreateAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return CleanUpAsync();
    }

    [Fact]
    public async Task What_was_put_is_found_as_it_was()
    {
        var first = Subscription("bob", 1) with { ExpiresAt = Start.AddDays(90) };
        var second = Subscription("bob", 2) with { Endpoint = $"https://push.example/{new string('é', 2000)}" };
        await PutAsync(first);
        await PutAsync(second);
        await PutAsync(Subscription("eve", 3));

        var found = await FindAsync("bob");

        Assert.Equal(2, found.Count);
        Assert.Equivalent(first, found[0], strict: true);
        Assert.Equivalent(second, found[1], strict: true);
    }

    [Fact]
    public async Task Those_of_several_users_are_found_at_once()
    {
        await PutAsync(Subscription("bob", 1));
        await PutAsync(Subscription("eve", 2));
        await PutAsync(Subscription("mallory", 3));

        Assert.Equal(["bob", "eve"], (await FindAsync("eve", "nobody", "bob")).Select(one => one.User));
        Assert.Empty(await FindAsync("nobody"));
    }

    [Fact]
    public async Task The_same_endpoint_belongs_to_whoever_registered_it_last()
    {
        await PutAsync(Subscription("bob", 1));
        await PutAsync(Subscription("eve", 2) with { Endpoint = Subscription("bob", 1).Endpoint });

        Assert.Empty(await FindAsync("bob"));
        Assert.Equal(Subscription("eve", 2).PublicKey, Assert.Single(await FindAsync("eve")).PublicKey);
    }

    [Fact]
    public async Task Of_too_many_the_one_registered_longest_ago_is_forgotten()
    {
        for (var number = 1; number <= 3; number++)
            await Store.PutAsync(Subscription("bob", number), 3, Cancel);
        await Store.PutAsync(Subscription("eve", 9), 3, Cancel);
        // Registered again, the first is the newest.
        await Store.PutAsync(Subscription("bob", 1) with { RegisteredAt = Start.AddMinutes(4) }, 3, Cancel);
        await Store.PutAsync(Subscription("bob", 5), 3, Cancel);
        Assert.Equal([1, 3, 5], (await FindAsync("bob")).Select(NumberOf).Order());

        // When time stands still, the newest is the one that stays all the same.
        await Store.PutAsync(Subscription("bob", 6) with { RegisteredAt = Subscription("bob", 5).RegisteredAt }, 1, Cancel);
        Assert.Equal([6], (await FindAsync("bob")).Select(NumberOf));
        Assert.Single(await FindAsync("eve"));
    }

    [Fact]
    public async Task Removing_takes_one_of_the_user_alone_and_tells_whether_there_was_one()
    {
        await PutAsync(Subscription("bob", 1));
        await PutAsync(Subscription("bob", 2));

        Assert.False(await Store.RemoveAsync(Subscription("bob", 1).Endpoint, "eve", Cancel));
        Assert.True(await Store.RemoveAsync(Subscription("bob", 1).Endpoint, "bob", Cancel));
        Assert.False(await Store.RemoveAsync(Subscription("bob", 1).Endpoint, "bob", Cancel));
        Assert.Equal([2], (await FindAsync("bob")).Select(NumberOf));
        Assert.True(await Store.RemoveAsync(Subscription("bob", 2).Endpoint, null, Cancel));
        Assert.Empty(await FindAsync("bob"));
    }

    [Fact]
    public async Task Many_at_once_are_all_kept()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 200), Cancel, async (number, cancel) => await Store.PutAsync(Subscription($"user{number % 20}", number), 10, cancel));

        Assert.Equal(Enumerable.Range(1, 200), (await FindAsync([.. Enumerable.Range(0, 20).Select(number => $"user{number}")])).Select(NumberOf).Order());
    }

    /// <summary>A subscription whose number shows in everything.</summary>
    protected static PushSubscription Subscription(string user, int number)
    {
        var key = new byte[65];
        var secret = new byte[16];
        key[^1] = secret[^1] = (byte)number;
        return new PushSubscription(user, $"https://push.example/{number}", key, secret, null, Start.AddMinutes(number));
    }

    protected ValueTask PutAsync(PushSubscription subscription) => Store.PutAsync(subscription, 10, Cancel);

    /// <summary>The subscriptions of users, in the order of their registration.</summary>
    protected async Task<IReadOnlyList<PushSubscription>> FindAsync(params IReadOnlyList<string> users) =>
        [.. (await Store.FindAsync(users, Cancel)).OrderBy(one => one.RegisteredAt)];

    private static int NumberOf(PushSubscription subscription) => int.Parse(subscription.Endpoint.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
}
