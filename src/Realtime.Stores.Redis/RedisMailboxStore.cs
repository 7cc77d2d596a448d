using Realtime.Feeds;
using Realtime.Stores.Redis.Internal;
using StackExchange.Redis;

namespace Realtime.Stores.Redis;

/// <summary>
/// Mailboxes in Redis, shared by all nodes: a sorted set of posts and a hash of what is held of each author. They expire once they were not read for
/// <see cref="FeedOptions.InactiveAfter"/>.
/// </summary>
/// <remarks>
/// Each call is one atomic script, but for pushes to many, which are one for each 500 mailboxes. Redis may lose a mailbox, or one of its two keys, at any
/// time: it is then an empty one. While Redis can't be reached, calls fail at once, and while it hangs, after its timeout.
/// </remarks>
public sealed class RedisMailboxStore : IMailboxStore, IAsyncDisposable
{
    /// <summary>Few milliseconds of Redis' one thread.</summary>
    private const int MailboxesPerScript = 500;

    private readonly RedisConnection _connection;
    private readonly RedisKey _posts;
    private readonly RedisKey _held;
    private readonly RedisValue _size;
    private readonly RedisValue _expiry;

    /// <summary>Creates the store; its first call connects.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="feeds">The size of mailboxes, and how long they are kept.</param>
    /// <param name="time">The clock for waiting for the connection.</param>
    /// <exception cref="RealtimeException">The connection string can't be read.</exception>
    public RedisMailboxStore(RedisMailboxOptions options, FeedOptions feeds, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(feeds);
        ArgumentNullException.ThrowIfNull(time);
        _connection = new RedisConnection(RedisAddress.Parse(options.ConnectionString), time);
        _posts = options.KeyPrefix + "mailbox:";
        _held = options.KeyPrefix + "held:";
        _size = feeds.MailboxSize;
        _expiry = (long)feeds.InactiveAfter.TotalMilliseconds;
    }

    /// <inheritdoc/>
    public async ValueTask<int> PushAsync(PostRef post, IReadOnlyList<string> users, PushRule rule, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(post);
        ArgumentNullException.ThrowIfNull(users);
        RedisValue[] arguments =
        [
            _size, _expiry, MailboxEncoding.MemberOf(post), post.Position.Time, MailboxEncoding.FieldOf(post.Author), post.Offset,
            rule.UnreadBudget, rule.MakesMailboxes ? 1 : 0,
        ];
        return await _connection.CallAsync(
            async redis =>
            {
                // All of them are written before the first answer is waited for.
                var calls = new Task<RedisResult>[(users.Count + MailboxesPerScript - 1) / MailboxesPerScript];
                for (var i = 0; i < calls.Length; i++)
                    calls[i] = redis.ScriptEvaluateAsync(MailboxScripts.Push, KeysOf(users, i * MailboxesPerScript), arguments);
                return (await Task.WhenAll(calls)).Sum(written => (int)written);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<MailboxPage> ReadAsync(string user, PostPosition before, int limit, bool isRead, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        RedisValue[] arguments = [_expiry, before.Time, limit, isRead ? 1 : 0];
        var read = await _connection.CallAsync(redis => redis.ScriptEvaluateAsync(MailboxScripts.Read, KeysOf(user), arguments), cancellationToken);
        return read.IsNull ? MailboxPage.None : MailboxEncoding.PageOf(read, before, limit);
    }

    /// <inheritdoc/>
    public async ValueTask MergeAsync(
        string user, IReadOnlyList<PostRef> posts, IReadOnlyList<CoverageChange> coverage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(posts);
        ArgumentNullException.ThrowIfNull(coverage);
        var arguments = new List<RedisValue>(3 + posts.Count * 2 + coverage.Count * 5) { _size, _expiry, posts.Count };
        foreach (var post in posts)
            arguments.AddRange([post.Position.Time, MailboxEncoding.MemberOf(post)]);
        foreach (var change in coverage)
        {
            arguments.AddRange(
            [
                MailboxEncoding.FieldOf(change.Author), change.Base.Through, change.Base.Since, change.Coverage.Through, change.Coverage.Since,
            ]);
        }

        await _connection.CallAsync(redis => redis.ScriptEvaluateAsync(MailboxScripts.Merge, KeysOf(user), [.. arguments]), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string user, string author, CancellationToken cancellationToken) => await _connection.CallAsync(
        redis => redis.ScriptEvaluateAsync(
            MailboxScripts.Remove, KeysOf(user), [MailboxEncoding.FieldOf(author), MailboxEncoding.AuthorPart(author)]),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DropAsync(string user, CancellationToken cancellationToken) =>
        await _connection.CallAsync(redis => redis.KeyDeleteAsync(KeysOf(user)), cancellationToken);

    /// <summary>Ends the connection.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private RedisKey[] KeysOf(string user) => [_posts.Append(user), _held.Append(user)];

    private RedisKey[] KeysOf(IReadOnlyList<string> users, int first)
    {
        var keys = new RedisKey[Math.Min(MailboxesPerScript, users.Count - first) * 2];
        for (var i = 0; i < keys.Length; i += 2)
        {
            RedisKey user = users[first + i / 2];
            keys[i] = _posts.Append(user);
            keys[i + 1] = _held.Append(user);
        }

        return keys;
    }
}
