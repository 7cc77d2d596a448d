using System.Collections.Concurrent;

namespace Realtime.Feeds;

/// <summary>Mailboxes in the memory of one node: those that were read longest ago are dropped when there are too many.</summary>
public sealed class InMemoryMailboxStore : IMailboxStore
{
    private readonly ConcurrentDictionary<string, MemoryMailbox> _mailboxes = new(StringComparer.Ordinal);
    private readonly Lock _sweep = new();
    private readonly FeedOptions _options;
    private readonly TimeProvider _time;
    private long _entries;

    /// <summary>Creates a store without mailboxes.</summary>
    /// <param name="options">The bounds on memory.</param>
    /// <param name="time">The clock that tells which mailbox was read longest ago.</param>
    public InMemoryMailboxStore(FeedOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
    }

    /// <summary>References that are held, in all mailboxes.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <inheritdoc/>
    public ValueTask<int> PushAsync(PostRef post, IReadOnlyList<string> users, PushRule rule, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(post);
        ArgumentNullException.ThrowIfNull(users);
        cancellationToken.ThrowIfCancellationRequested();
        var written = 0;
        foreach (var user in users)
        {
            if (Push(user, post, rule))
                written++;
        }

        DropOldest();
        return new(written);
    }

    /// <inheritdoc/>
    public ValueTask<MailboxPage> ReadAsync(string user, PostPosition before, int limit, bool isRead, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_mailboxes.TryGetValue(user, out var mailbox))
            return new(MailboxPage.None);
        lock (mailbox)
        {
            mailbox.LastRead = _time.GetTimestamp();
            return new(mailbox.IsDropped ? MailboxPage.None : mailbox.Read(before, limit, isRead));
        }
    }

    /// <inheritdoc/>
    public ValueTask MergeAsync(
        string user, IReadOnlyList<PostRef> posts, IReadOnlyList<CoverageChange> coverage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(posts);
        ArgumentNullException.ThrowIfNull(coverage);
        cancellationToken.ThrowIfCancellationRequested();
        Change(user, mailbox => mailbox.Merge(posts, coverage, _options.MailboxSize));
        DropOldest();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string user, string author, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_mailboxes.ContainsKey(user))
            Change(user, mailbox => mailbox.Remove(author));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DropAsync(string user, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_mailboxes.TryGetValue(user, out var mailbox))
            Drop(user, mailbox);
        return ValueTask.CompletedTask;
    }

    private bool Push(string user, PostRef post, PushRule rule)
    {
        while (true)
        {
            if (!_mailboxes.TryGetValue(user, out var mailbox))
            {
                if (!rule.MakesMailboxes)
                    return false;
                mailbox = Get(user);
            }

            lock (mailbox)
            {
                if (mailbox.IsDropped)
                    continue;
                var before = mailbox.Entries;
                var written = mailbox.Push(post, rule.UnreadBudget, _options.MailboxSize);
                if (mailbox.Entries != before)
                    Interlocked.Add(ref _entries, mailbox.Entries - before);
                return written;
            }
        }
    }

    private MemoryMailbox Get(string user) => _mailboxes.GetOrAdd(user, static (_, now) => new MemoryMailbox { LastRead = now }, _time.GetTimestamp());

    private void Change(string user, Action<MemoryMailbox> change)
    {
        while (true)
        {
            var mailbox = Get(user);
            lock (mailbox)
            {
                // It was taken out of the dictionary between the two steps.
                if (mailbox.IsDropped)
                    continue;
                var before = mailbox.Entries;
                change(mailbox);
                Interlocked.Add(ref _entries, mailbox.Entries - before);
                return;
            }
        }
    }

    private void Drop(string user, MemoryMailbox mailbox)
    {
        lock (mailbox)
        {
            if (mailbox.IsDropped)
                return;
            mailbox.IsDropped = true;
            Interlocked.Add(ref _entries, -mailbox.Entries);
        }

        _mailboxes.TryRemove(KeyValuePair.Create(user, mailbox));
    }

    /// <summary>Makes room, a tenth at a time, so that it is seldom done.</summary>
    private void DropOldest()
    {
        if (Entries <= _options.MaxMailboxEntries || !_sweep.TryEnter())
            return;
        try
        {
            foreach (var (user, mailbox) in _mailboxes.ToArray().OrderBy(pair => pair.Value.LastRead))
            {
                if (Entries <= _options.MaxMailboxEntries / 10 * 9)
                    return;
                Drop(user, mailbox);
            }
        }
        finally
        {
            _sweep.Exit();
        }
    }
}
