using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Realtime.Bench.Peer;

/// <summary>
/// The least that one can do with RabbitMQ.Client: publish bundles to a direct exchange with confirms and a window, consume them from one classic queue with
/// a prefetch window, acknowledge every few.
/// </summary>
internal static class BareRelay
{
    private const string Key = "0";

    // What the product's defaults are.
    private const int Window = 32, Prefetch = 200, AcknowledgeEvery = 50;

    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(1);

    /// <returns>Messages consumed in a second.</returns>
    public static async Task<double> RunAsync(string address, int bundle, int messageBytes, TimeSpan window, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = new Uri(address) };
        await using var publishing = await factory.CreateConnectionAsync(cancellationToken);
        await using var consuming = await factory.CreateConnectionAsync(cancellationToken);
        await using var publisher = await publishing.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null),
            cancellationToken);
        await using var consumer = await consuming.CreateChannelAsync(cancellationToken: cancellationToken);
        var exchange = $"bare.{Guid.NewGuid():N}";
        await consumer.ExchangeDeclareAsync(exchange, ExchangeType.Direct, durable: false, autoDelete: true, cancellationToken: cancellationToken);
        var queue = (await consumer.QueueDeclareAsync(cancellationToken: cancellationToken)).QueueName;
        await consumer.QueueBindAsync(queue, exchange, Key, cancellationToken: cancellationToken);
        await consumer.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        var consumed = 0L;
        var events = new AsyncEventingBasicConsumer(consumer);
        events.ReceivedAsync += async (_, delivery) =>
        {
            if (Interlocked.Increment(ref consumed) % AcknowledgeEvery == 0)
                await consumer.BasicAckAsync(delivery.DeliveryTag, multiple: true, CancellationToken.None);
        };
        await consumer.BasicConsumeAsync(queue, autoAck: false, events, cancellationToken);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = PublishAsync(publisher, exchange, new byte[bundle * messageBytes], stop.Token);
        await Task.Delay(Ramp, TimeProvider.System, cancellationToken);
        var before = Interlocked.Read(ref consumed);
        var clock = Stopwatch.StartNew();
        await Task.Delay(window, TimeProvider.System, cancellationToken);
        var bundles = Interlocked.Read(ref consumed) - before;
        var elapsed = clock.Elapsed;
        await stop.CancelAsync();
        await sending;
        return bundles * bundle / elapsed.TotalSeconds;
    }

    private static async Task PublishAsync(IChannel channel, string exchange, byte[] body, CancellationToken cancellationToken)
    {
        using var window = new SemaphoreSlim(Window, Window);
        while (!cancellationToken.IsCancellationRequested)
        {
            await window.WaitAsync(CancellationToken.None);
            _ = PublishOneAsync(channel, exchange, body, window);
        }

        for (var i = 0; i < Window; i++)
            await window.WaitAsync(CancellationToken.None);
    }

    private static async Task PublishOneAsync(IChannel channel, string exchange, byte[] body, SemaphoreSlim window)
    {
        try
        {
            await channel.BasicPublishAsync(exchange, Key, body);
        }
        finally
        {
            window.Release();
        }
    }
}
