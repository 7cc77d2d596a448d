using Realtime.WebPush.Sending;

namespace Realtime.WebPush.Tests.Sending;

public sealed class RetryRulesTests
{
    [Fact]
    public void Waits_grow_and_are_spread_and_end()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), RetryRules.WaitAfter(1, null, 0));
        Assert.Equal(TimeSpan.FromSeconds(3), RetryRules.WaitAfter(1, null, 1));
        Assert.Equal(TimeSpan.FromSeconds(6), RetryRules.WaitAfter(2, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(18), RetryRules.WaitAfter(3, null, 0.5));
        Assert.Null(RetryRules.WaitAfter(RetryRules.MaxTries, null, 0.5));
    }

    [Fact]
    public void A_service_that_asks_for_more_gets_it_within_bounds()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), RetryRules.WaitAfter(1, TimeSpan.FromSeconds(30), 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2), RetryRules.WaitAfter(1, TimeSpan.Zero, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2), RetryRules.WaitAfter(1, TimeSpan.FromSeconds(-30), 0.5));
        Assert.Null(RetryRules.WaitAfter(1, TimeSpan.FromHours(1), 0.5));
    }
}
