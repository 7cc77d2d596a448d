using Realtime.Lab.Meters;

namespace Realtime.Lab.Tests.Meters;

public class DeliveryTrackerTests
{
    private readonly DeliveryTracker _tracker = new(2);

    [Fact]
    public void Everything_once_and_in_order_leaves_nothing_to_say()
    {
        Enter(0, 0, 1, 2);
        Enter(1, 0);

        Assert.Equal(4, _tracker.Fresh);
        Assert.Equal(0, _tracker.Missing([3, 1]));
        Assert.Equal((0, 0), (_tracker.Repeated, _tracker.OutOfOrder));
    }

    [Fact]
    public void A_hole_and_a_missing_end_are_missing()
    {
        Enter(0, 0, 3, 4);

        Assert.Equal(2 + 1 + 5, _tracker.Missing([6, 5]));
    }

    [Fact]
    public void A_late_message_fills_its_hole_and_is_out_of_order()
    {
        Enter(0, 0, 4, 2, 1, 3);

        Assert.Equal(0, _tracker.Missing([5, 0]));
        Assert.Equal((0, 3), (_tracker.Repeated, _tracker.OutOfOrder));
        Assert.Equal(5, _tracker.Fresh);
    }

    [Fact]
    public void A_message_that_comes_again_is_repeated_wherever_it_comes()
    {
        Enter(0, 0, 1, 1, 3, 3, 2, 2, 0);

        Assert.Equal(4, _tracker.Fresh);
        Assert.Equal(4, _tracker.Repeated);
        Assert.Equal(0, _tracker.Missing([4, 0]));
    }

    [Fact]
    public void The_checksum_tells_contents_apart_and_orders_not()
    {
        var other = new DeliveryTracker(2);
        var wrong = new DeliveryTracker(2);
        _tracker.Enter(0, 0, 10);
        _tracker.Enter(0, 1, 11);
        other.Enter(0, 0, 11);
        other.Enter(0, 1, 10);
        wrong.Enter(0, 0, 10);
        wrong.Enter(0, 1, 12);

        Assert.Equal(_tracker.Checksum, other.Checksum);
        Assert.NotEqual(_tracker.Checksum, wrong.Checksum);
        Assert.Equal(DeliveryTracker.Mix(0, 10) + DeliveryTracker.Mix(0, 11), _tracker.Checksum);
    }

    private void Enter(int channel, params long[] places)
    {
        foreach (var place in places)
            _tracker.Enter(channel, place, place);
    }
}
