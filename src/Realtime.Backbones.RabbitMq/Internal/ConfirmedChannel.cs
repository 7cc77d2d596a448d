using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>
/// Publishes on one channel and matches the broker's confirmations to what was published. Its bound is that of its callers: each of them waits.
/// </summary>
/// <remarks>
/// The client could track confirmations itself. It would add a header to each frame, look through all that is outstanding for each confirmation of
/// several, slow down by sleeping, and, when the connection is lost, tell nobody before its own stuck writes have ended.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Of the semaphore nothing is used that would have to be disposed, and late callers may release it.")]
internal sealed class ConfirmedChannel
{
    private readonly BrokerConnection _connection;
    private readonly IChannel _channel;
    private readonly CachedString _exchange;
    private readonly BasicProperties _properties;

    /// <summary>Whose turn it is to publish: one after the other, in the order of the calls.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, TaskCompletionSource<BackboneSend>> _waiting = [];
    private ulong _nextNumber = 1;

    private ConfirmedChannel(BrokerConnection connection, IChannel channel, string exchange, DeliveryModes mode)
    {
        _connection = connection;
        _channel = channel;
        _exchange = new CachedString(exchange);
        _properties = new BasicProperties { DeliveryMode = mode };
        channel.BasicAcksAsync += (_, confirmed) => Complete(confirmed.DeliveryTag, confirmed.Multiple, BackboneSend.Sent);
        channel.BasicNacksAsync += (_, refused) => Complete(refused.DeliveryTag, refused.Multiple, BackboneSend.Refused);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            Lose(BrokerErrors.Describe(reason));
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes, with the reason, when nothing can be published any more.</summary>
    internal Task<string> Lost => _lost.Task;

    internal static async Task<ConfirmedChannel> OpenAsync(
        BrokerConnection connection, string exchange, DeliveryModes mode, CancellationToken cancellationToken)
    {
        var channel = new ConfirmedChannel(connection, await connection.OpenChannelAsync(withConfirms: true, cancellationToken), exchange, mode);
        _ = channel.LoseWithConnectionAsync();
        return channel;
    }

    /// <param name="key">The routing key.</param>
    /// <param name="frame">Copied by the time that its turn has come and gone, so it need not stay as it is for a call that was cancelled.</param>
    /// <param name="cancellationToken">Cancels the wait for the turn, for the broker to unblock, and for the confirmation.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; the frame may have arrived all the same.</exception>
    internal async ValueTask<BackboneSend> SendAsync(CachedString key, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        Task<BackboneSend> confirmed;
        ulong number;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // What is published to a connection that the broker has blocked stays in the socket's buffers, where nothing can be taken back.
            var unblocked = _connection.Unblocked;
            if (!unblocked.IsCompleted)
                await unblocked.WaitAsync(cancellationToken);
            if (!TryTrack(out number, out confirmed))
                return BackboneSend.Lost;
            try
            {
                await _channel.BasicPublishAsync(_exchange, key, mandatory: false, _properties, frame, cancellationToken);
            }
            catch (Exception exception)
            {
                // It was not written, and the client gives the number to the next one.
                TakeBack(number);
                if (BrokerErrors.IsBroken(exception))
                    return BackboneSend.Lost;
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }

        try
        {
            return await confirmed.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
                _waiting.Remove(number);
            throw;
        }
    }

    private bool TryTrack(out ulong number, out Task<BackboneSend> confirmed)
    {
        var waiting = new TaskCompletionSource<BackboneSend>(TaskCreationOptions.RunContinuationsAsynchronously);
        confirmed = waiting.Task;
        lock (_gate)
        {
            number = _nextNumber;
            if (_lost.Task.IsCompleted)
                return false;
            _nextNumber++;
            _waiting.Add(number, waiting);
            return true;
        }
    }

    private void TakeBack(ulong number)
    {
        lock (_gate)
        {
            _waiting.Remove(number);
            _nextNumber = number;
        }
    }

    private Task Complete(ulong number, bool andAllBefore, BackboneSend outcome)
    {
        lock (_gate)
        {
            if (!andAllBefore)
            {
                if (_waiting.Remove(number, out var waiting))
                    waiting.SetResult(outcome);
                return Task.CompletedTask;
            }

            // All that wait are looked at: they are few, and of those confirmed one by one there may have been many.
            foreach (var (waitingNumber, waiting) in _waiting)
            {
                if (waitingNumber <= number && _waiting.Remove(waitingNumber))
                    waiting.SetResult(outcome);
            }
        }

        return Task.CompletedTask;
    }

    private async Task LoseWithConnectionAsync() => Lose(await _connection.Lost);

    private void Lose(string reason)
    {
        lock (_gate)
        {
            if (!_lost.TrySetResult(reason))
                return;
            foreach (var waiting in _waiting.Values)
                waiting.SetResult(BackboneSend.Lost);
            _waiting.Clear();
        }
    }
}
