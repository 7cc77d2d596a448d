using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>
/// Hands frames to the receiver, one at a time, over all connections that a backbone has one after the other: a receiver that takes long holds up no
/// reconnection, and never has two calls at once.
/// </summary>
/// <param name="receiver">Gets the frames.</param>
/// <param name="onHandled">Told the offset of each frame of a stream that was handled or passed over.</param>
/// <param name="logger">Told when the receiver throws.</param>
internal sealed class ReceiveLoop(IBackboneReceiver receiver, Action<long>? onHandled, ILogger logger)
{
    /// <summary>Only the newest counts: those before it are abandoned.</summary>
    private readonly Channel<Subscription> _subscriptions = Channel.CreateBounded<Subscription>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private volatile Subscription? _current;

    internal long Unacknowledged => _current?.Unacknowledged ?? 0;

    internal long UnacknowledgedBytes => _current?.UnacknowledgedBytes ?? 0;

    /// <summary>Goes over to a subscription.</summary>
    internal void Begin(Subscription subscription)
    {
        _current = subscription;
        _subscriptions.Writer.TryWrite(subscription);
    }

    /// <summary>The subscription has ended: what was not handled comes again, or is healed.</summary>
    internal void End(Subscription subscription)
    {
        _current = null;
        subscription.Abandon();
    }

    internal async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var subscription in _subscriptions.Reader.ReadAllAsync(stop))
            {
                await foreach (var delivery in subscription.Deliveries.ReadAllAsync(stop))
                    await HandleAsync(subscription, delivery, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The backbone is disposed.
        }
    }

    private async ValueTask HandleAsync(Subscription subscription, Delivery delivery, CancellationToken stop)
    {
        try
        {
            if (delivery.Buffer is { } buffer)
                await receiver.ReceiveAsync(buffer.AsMemory(0, delivery.Length), stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            // It would throw again if the frame came again, and again.
            Log.ReceiverFailed(logger, exception);
        }
        finally
        {
            Subscription.Return(delivery);
        }

        if (delivery.Offset >= 0)
            onHandled?.Invoke(delivery.Offset);
        await subscription.HandledAsync(delivery, stop);
    }
}
