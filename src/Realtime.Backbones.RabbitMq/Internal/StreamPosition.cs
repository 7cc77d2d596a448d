using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Where in the stream a node is: the offset that it goes on from after each connection, and after a restart where there is a file for it.</summary>
internal sealed class StreamPosition
{
    private const string OffsetHeader = "x-stream-offset";

    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    private readonly IBackboneReceiver _receiver;
    private readonly ShardInterest _interest;
    private readonly TimeProvider _time;
    private readonly TimeSpan _maxReplayAge;
    private readonly OffsetFile? _file;
    private long _handled = -1;
    private long _delivered = -1;
    private long _written = -1;
    private long _overtaken;
    private long _leftAt;
    private TaskCompletionSource _firstDelivery = NewSignal();

    internal StreamPosition(RabbitMqOptions options, IBackboneReceiver receiver, ShardInterest interest, TimeProvider time, ILogger logger)
    {
        _receiver = receiver;
        _interest = interest;
        _time = time;
        _maxReplayAge = options.MaxReplayAge;
        _leftAt = time.GetTimestamp();
        if (options.OffsetPath is { } path)
            _file = new OffsetFile(path, options.Stream, time, logger);
        if (_file?.Read(options.MaxReplayAge) is { } offset)
            _handled = offset;
    }

    /// <summary>The newest offset that the broker has handed over; -1 for none.</summary>
    internal long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Frames, of all shards, that the stream had forgotten before this node came to them.</summary>
    internal long Overtaken => Interlocked.Read(ref _overtaken);

    /// <summary>The newest offset that was handled; null for none, or where the node was away for so long that reading on would cost more than healing.</summary>
    internal long? ToResumeFrom =>
        Interlocked.Read(ref _handled) is >= 0 and var handled && _time.GetElapsedTime(_leftAt) <= _maxReplayAge ? handled : null;

    /// <summary>Begins a subscription after the given offset, or anywhere.</summary>
    /// <returns>Completes when the first frame comes.</returns>
    internal Task Begin(long? resumed)
    {
        Interlocked.Exchange(ref _delivered, resumed ?? -1);
        if (resumed is null)
            Interlocked.Exchange(ref _handled, -1);
        return (_firstDelivery = NewSignal()).Task;
    }

    /// <summary>The connection has ended.</summary>
    internal void Leave() => _leftAt = _time.GetTimestamp();

    /// <summary>A <see cref="DeliveryFilter"/>.</summary>
    internal bool IsWanted(string routingKey, IReadOnlyBasicProperties properties, out long offset)
    {
        offset = properties.Headers is { } headers && headers.TryGetValue(OffsetHeader, out var value) && value is long number ? number : -1;
        _firstDelivery.TrySetResult();
        var before = Interlocked.Read(ref _delivered);
        // The one that it resumed from comes again.
        if (offset <= before)
            return false;
        // Retention has overtaken this node. Now and then it is only an offset that the broker took for itself, which costs a look at the store.
        if (before >= 0 && offset > before + 1)
        {
            if (offset - before - 1 > 1)
                Interlocked.Add(ref _overtaken, offset - before - 1);
            _receiver.MayHaveMissed();
        }

        Interlocked.Exchange(ref _delivered, offset);
        var shard = ShardKey.Parse(routingKey);
        return shard < 0 || _interest.IsWanted(shard);
    }

    internal void Handled(long offset)
    {
        if (offset > Interlocked.Read(ref _handled))
            Interlocked.Exchange(ref _handled, offset);
    }

    /// <summary>Keeps the file up to date until it is cancelled.</summary>
    internal async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WriteInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (Interlocked.Read(ref _handled) != _written)
                Write();
        }
    }

    /// <summary>Writes the file, where there is one and something to write.</summary>
    internal void Write()
    {
        var handled = Interlocked.Read(ref _handled);
        if (_file is null || handled < 0)
            return;
        _file.Write(handled);
        _written = handled;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
