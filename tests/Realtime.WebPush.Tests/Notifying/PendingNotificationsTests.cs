using Realtime.Channels;
using Realtime.WebPush.Notifying;

namespace Realtime.WebPush.Tests.Notifying;

public sealed class PendingNotificationsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(30);

    private readonly PendingNotifications _pending;
    private int _dropped;

    public PendingNotificationsTests() => _pending = new PendingNotifications(3, After, () => _dropped++);

    [Fact]
    public void Messages_of_a_channel_are_one_entry_about_the_newest_due_by_the_oldest()
    {
        Add("bob", 1, Start);
        Add("bob", 2, Start.AddSeconds(20));

        var entry = Assert.Single(_pending.TakeDue(Start.AddSeconds(20), 10));
        Assert.Equal((2, Start + After, Start.AddSeconds(20)), (entry.Newest.Offset, entry.DueAt, entry.NewestAt));
        Assert.Empty(_pending.TakeDue(Start.AddDays(1), 10));
    }

    [Fact]
    public void When_it_is_full_the_oldest_gives_way_and_is_counted()
    {
        foreach (var user in new[] { "a", "b", "c", "d", "e" })
            Add(user, 1, Start);

        Assert.Equal(2, _dropped);
        Assert.Equal(3, _pending.Count);
        Assert.Equal(["c", "d", "e"], _pending.TakeDue(Start, 10).Select(entry => entry.User).Order());
    }

    [Fact]
    public void An_entry_is_looked_at_again_when_it_was_asked_for_and_once()
    {
        Add("bob", 1, Start);
        var entry = Assert.Single(_pending.TakeDue(Start, 10));
        _pending.CheckAgain(entry, Start.AddSeconds(9));
        _pending.CheckAgain(entry, Start.AddSeconds(5));

        Assert.Empty(_pending.TakeDue(Start.AddSeconds(4), 10));
        Assert.Single(_pending.TakeDue(Start.AddSeconds(5), 10));
        Assert.Empty(_pending.TakeDue(Start.AddSeconds(9), 10));
    }

    [Fact]
    public void What_came_while_an_entry_was_settled_waits_its_own_time()
    {
        Add("bob", 1, Start);
        var entry = Assert.Single(_pending.TakeDue(Start, 10));
        Add("bob", 2, Start.AddSeconds(31));
        _pending.Settle(entry, 1, Start.AddSeconds(31));

        Assert.Equal(1, _pending.Count);
        Assert.Equal(Start.AddSeconds(31) + After, Assert.Single(_pending.TakeDue(Start.AddSeconds(31), 10)).DueAt);
        _pending.Settle(entry, 2, Start.AddSeconds(61));
        Assert.Equal(0, _pending.Count);
    }

    [Fact]
    public void What_has_reached_the_user_is_not_held_against_the_rest()
    {
        Add("bob", 1, Start);
        var entry = Assert.Single(_pending.TakeDue(Start, 10));

        _pending.ReachedUntil(entry, Start.AddSeconds(-5));
        Assert.Equal(Start + After, entry.DueAt);
        _pending.ReachedUntil(entry, Start.AddSeconds(20));
        Assert.Equal(Start.AddSeconds(50), entry.DueAt);
    }

    private void Add(string user, long offset, DateTimeOffset at) =>
        _pending.Add(new Notification(ChannelName.Parse($"user:{user}"), offset, "message", "1"u8.ToArray()), user, at);
}
