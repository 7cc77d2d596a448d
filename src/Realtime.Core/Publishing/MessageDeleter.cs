using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Stores;

namespace Realtime.Publishing;

/// <summary>Deletes messages: in the store, in this node's memory, and in that of the other nodes.</summary>
/// <remarks>A frame that is lost leaves the message in another node's memory until newer ones push it out; whoever reads the store finds it deleted.</remarks>
public sealed class MessageDeleter
{
    private readonly IMessageStore _store;
    private readonly ChannelLogs _logs;
    private readonly LogReader _pages;
    private readonly FrameSender _sender;
    private readonly ILogObserver[] _observers;

    /// <summary>Creates the deleter, and lets it take the deletions of other nodes.</summary>
    public MessageDeleter(IMessageStore store, ChannelLogs logs, LogReader pages, FrameSender sender, FrameReceiver receiver, IEnumerable<ILogObserver> observers)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _store = store;
        _logs = logs;
        _pages = pages;
        _sender = sender;
        _observers = [.. observers];
        receiver.Handle(FrameKind.Deleted, (_, body) => Take(body));
    }

    /// <summary>Deletes a retained message, durably.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>What is in its place now; null where no retained message has the id, or it is deleted already.</returns>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    public async ValueTask<Message?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken)
    {
        if (await _store.DeleteAsync(channel, id, cancellationToken) is not { } deleted)
            return null;
        Replace(deleted.Message, deleted.State.Epoch);
        if (_sender.IsActive)
        {
            var frame = new FrameWriter();
            MessageFrame.Write(frame, new ChannelBatch(channel, deleted.State, [deleted.Message]), 0);
            _sender.TrySend(FrameKind.Deleted, ShardInterest.ShardOf(channel), frame);
        }

        return deleted.Message;
    }

    private void Take(FrameReader body)
    {
        var (channel, state, first) = MessageFrame.Read(ref body, out var block);
        foreach (var message in MessageFrame.ReadBlock(channel, first, block))
            Replace(message, state.Epoch);
    }

    private void Replace(Message message, Epoch epoch)
    {
        if (_logs.TryGet(message.Channel, out var log))
            log.Replace(message);
        _pages.Forget(message.Channel, new Position(epoch, message.Offset));
        foreach (var observer in _observers)
            observer.Deleted(message);
    }
}
