using Microsoft.Extensions.Logging;

namespace Realtime.Feeds.Timelines;

/// <summary>The mailboxes, as something that may be away: without them timelines are pulled.</summary>
internal sealed class MailboxAccess(IMailboxStore mailboxes, ILogger<MailboxAccess> logger)
{
    private int _away;

    /// <summary>Reads a part of a mailbox; null where mailboxes can't be read.</summary>
    internal async ValueTask<MailboxPage?> TryReadAsync(
        string user, PostPosition before, int limit, bool isRead, CancellationToken cancellationToken)
    {
        try
        {
            var page = await mailboxes.ReadAsync(user, before, limit, isRead, cancellationToken);
            NoteBack();
            return page;
        }
        catch (RealtimeException exception) when (exception.IsTransient)
        {
            NoteAway(exception);
            return null;
        }
    }

    /// <summary>Changes something; does nothing where mailboxes can't be changed.</summary>
    /// <returns>Whether it was done.</returns>
    internal async ValueTask<bool> TryAsync(Func<IMailboxStore, ValueTask> change)
    {
        try
        {
            await change(mailboxes);
            NoteBack();
            return true;
        }
        catch (RealtimeException exception) when (exception.IsTransient)
        {
            NoteAway(exception);
            return false;
        }
    }

    private void NoteAway(RealtimeException exception)
    {
        if (Interlocked.Exchange(ref _away, 1) == 0)
            Log.MailboxesAway(logger, exception);
    }

    private void NoteBack()
    {
        if (Volatile.Read(ref _away) == 1 && Interlocked.Exchange(ref _away, 0) == 1)
            Log.MailboxesBack(logger);
    }
}
