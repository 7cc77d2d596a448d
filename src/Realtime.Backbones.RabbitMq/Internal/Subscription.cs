using System.Buffers;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>A frame that the broker pushed.</summary>
/// <param name="Tag">What the broker calls it.</param>
/// <param name="Buffer">Rented; null where nobody wants the frame, and only the acknowledgement is left to do.</param>
/// <param name="Length">Of the frame, in the buffer.</param>
/// <param name="Offset">In the stream; -1 where it came from a queue.</param>
internal readonly record struct Delivery(ulong Tag, byte[]? Buffer, int Length, long Offset);

/// <summary>Says whether anybody wants a frame, and where in the stream it is: -1 for nowhere.</summary>
internal delegate bool DeliveryFilter(string routingKey, IReadOnlyBasicProperties properties, out long offset);

/// <summary>
/// One consumer on one channel. It takes what the broker pushes out of the client's own queue at once, so that what is counted is what was pushed; the
/// broker's prefetch window is the bound of what it holds.
/// </summary>
internal sealed class Subscription(
    IChannel channel, int prefetch, TimeProvider time, DeliveryFilter? filter = null, bool acknowledgesEach = false) : IAsyncBasicConsumer
{
    private const int MostPerAcknowledgement = 100;

    /// <summary>A slow receiver's progress is told at least this often.</summary>
    private static readonly TimeSpan AcknowledgementDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Half a window: the broker goes on with the other half meanwhile.</summary>
    private readonly int _perAcknowledgement = acknowledgesEach ? 1 : prefetch == 0 ? MostPerAcknowledgement : Math.Clamp(prefetch / 2, 1, MostPerAcknowledgement);

    private readonly Channel<Delivery> _deliveries = System.Threading.Channels.Channel.CreateUnbounded<Delivery>();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _unacknowledged;
    private long _unacknowledgedBytes;
    private int _handled;
    private long _handledBytes;
    private long _handledSince;

    public IChannel Channel => channel;

    internal ChannelReader<Delivery> Deliveries => _deliveries.Reader;

    internal long Unacknowledged => Interlocked.Read(ref _unacknowledged);

    internal long UnacknowledgedBytes => Interlocked.Read(ref _unacknowledgedBytes);

    /// <summary>Completes, with the reason, when nothing more comes.</summary>
    internal Task<string> Ended => _ended.Task;

    /// <summary>Counts a frame as handled, and acknowledges what is due.</summary>
    internal async ValueTask HandledAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (_handled++ == 0)
            _handledSince = time.GetTimestamp();
        _handledBytes += delivery.Length;
        if (_handled < _perAcknowledgement && _deliveries.Reader.TryPeek(out _) && time.GetElapsedTime(_handledSince) < AcknowledgementDelay)
            return;
        try
        {
            await channel.BasicAckAsync(delivery.Tag, multiple: true, cancellationToken);
        }
        catch (Exception exception) when (BrokerErrors.IsBroken(exception))
        {
            // The broker will push them again, on another channel.
            return;
        }

        Interlocked.Add(ref _unacknowledged, -_handled);
        Interlocked.Add(ref _unacknowledgedBytes, -_handledBytes);
        _handled = 0;
        _handledBytes = 0;
    }

    /// <summary>Gives up what was not handled yet.</summary>
    internal void Abandon()
    {
        _deliveries.Writer.TryComplete();
        while (_deliveries.Reader.TryRead(out var delivery))
            Return(delivery);
    }

    internal static void Return(Delivery delivery)
    {
        if (delivery.Buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    public Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var offset = -1L;
        byte[]? buffer = null;
        var length = 0;
        if (filter is null || filter(routingKey, properties, out offset))
        {
            // The client takes its memory back when this returns.
            length = body.Length;
            buffer = ArrayPool<byte>.Shared.Rent(length);
            body.CopyTo(buffer);
        }

        Interlocked.Increment(ref _unacknowledged);
        Interlocked.Add(ref _unacknowledgedBytes, length);
        var delivery = new Delivery(deliveryTag, buffer, length, offset);
        if (!_deliveries.Writer.TryWrite(delivery))
            Return(delivery);
        return Task.CompletedTask;
    }

    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken)
    {
        _ended.TrySetResult("RabbitMQ cancelled the consumer, most likely because its queue was deleted.");
        return Task.CompletedTask;
    }

    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        _ended.TrySetResult(BrokerErrors.Describe(reason));
        return Task.CompletedTask;
    }
}
