namespace Realtime.Stores.Redis.Internal;

/// <summary>What Redis does with mailboxes, in its own language, each script as a whole or not at all.</summary>
/// <remarks>
/// A mailbox is two keys. The sorted set always holds one member more than there are posts, the floor: the newest post that was dropped for want of room,
/// or an empty member before all others. So it never becomes empty and goes away, posts at and before the floor are found by rank alone, and comparing
/// positions is left to Redis' own order of members. The hash holds the number of reads in <c>r</c>, and for each author <c>through since unread reads</c>.
/// Redis evicts, expires and loses keys as a whole, so one key without the other is a mailbox that was lost, and nothing that the other says counts.
/// </remarks>
internal static class MailboxScripts
{
    private const string Common = """
        local function open(posts, held, field)
          local known = redis.call('HMGET', held, 'r', field)
          local count = redis.call('ZCARD', posts)
          if known[1] and count > 0 then
            return known[1], known[2], count
          end
          if known[1] or count > 0 then
            redis.call('DEL', posts, held)
          end
          return nil
        end

        local function expire(posts, held, expiry)
          redis.call('PEXPIRE', posts, expiry)
          redis.call('PEXPIRE', held, expiry)
        end

        local function parse(edge)
          if edge then
            return string.match(edge, '^(%S+) (%S+) (%S+) (%S+)$')
          end
          return '0', '-9223372036854775808', '0', '0'
        end

        local function trim(posts, size)
          local dropped = redis.call('ZCARD', posts) - 1 - size
          if dropped > 0 then
            redis.call('ZREMRANGEBYRANK', posts, 0, dropped - 1)
          end
        end

        """;

    /// <summary>
    /// Keys: posts and coverage of each mailbox. Arguments: size, expiry in milliseconds, member, time, author's field, offset, budget, 1 where
    /// mailboxes are made. Gives how many were written to.
    /// </summary>
    internal const string Push = Common + """
        local size, expiry, member, time, field, budget = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[7])
        local offset = tonumber(ARGV[6])
        local written = 0
        for i = 1, #KEYS, 2 do
          local posts, held = KEYS[i], KEYS[i + 1]
          local reads, edge, count = open(posts, held, field)
          local isNew = not reads
          reads = reads or '0'
          local through, since, unread, at = parse(edge)
          through = tonumber(through)
          unread = at == reads and tonumber(unread) or 0
          if offset > through and (budget == 0 or unread < budget) and (ARGV[8] == '1' or not isNew) then
            if offset ~= through + 1 then
              since = time
            end
            if budget > 0 then
              unread = unread + 1
            end
            local now = ARGV[6] .. ' ' .. since .. ' ' .. unread .. ' ' .. reads
            if isNew then
              redis.call('ZADD', posts, '-inf', '', time, member)
              redis.call('HSET', held, 'r', reads, field, now)
              expire(posts, held, expiry)
            else
              if redis.call('ZADD', posts, time, member) == 1 then
                if redis.call('ZRANK', posts, member) == 0 then
                  redis.call('ZREM', posts, member)
                elseif count > size then
                  trim(posts, size)
                end
              end
              redis.call('HSET', held, field, now)
            end
            written = written + 1
          end
        end
        return written
        """;

    /// <summary>
    /// Keys: posts and coverage. Arguments: expiry in milliseconds, time of the position to read before, limit, 1 where the reader has now read. Gives nil, or
    /// the floor, posts and coverage, each flat; of the position's own millisecond all posts, and one more than the limit.
    /// </summary>
    internal const string Read = Common + """
        local posts, held = KEYS[1], KEYS[2]
        if not open(posts, held, 'r') then
          return nil
        end
        if ARGV[4] == '1' then
          redis.call('HINCRBY', held, 'r', 1)
        end
        expire(posts, held, ARGV[1])
        local same = redis.call('ZCOUNT', posts, ARGV[2], ARGV[2])
        return {
          redis.call('ZRANGE', posts, 0, 0, 'WITHSCORES'),
          redis.call('ZREVRANGEBYSCORE', posts, ARGV[2], '-inf', 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]) + same + 1),
          redis.call('HGETALL', held),
        }
        """;

    /// <summary>
    /// Keys: posts and coverage. Arguments: size, expiry in milliseconds, number of posts; time and member of each; for each author field, through and since
    /// that must be held, and through and since that are held then.
    /// </summary>
    internal const string Merge = Common + """
        local posts, held, expiry = KEYS[1], KEYS[2], ARGV[2]
        if not open(posts, held, 'r') then
          redis.call('ZADD', posts, '-inf', '')
          redis.call('HSET', held, 'r', '0')
        end
        expire(posts, held, expiry)
        local floor = redis.call('ZRANGE', posts, 0, 0)[1]
        local first = 4 + ARGV[3] * 2
        for i = 4, first - 2, 2 do
          redis.call('ZADD', posts, ARGV[i], ARGV[i + 1])
        end
        local before = redis.call('ZRANK', posts, floor)
        if before > 0 then
          redis.call('ZREMRANGEBYRANK', posts, 0, before - 1)
        end
        trim(posts, tonumber(ARGV[1]))

        local function includes(through, since, otherThrough, otherSince)
          return tonumber(through) >= tonumber(otherThrough) and tonumber(since) <= tonumber(otherSince)
        end
        for i = first, #ARGV, 5 do
          local field, through, since = ARGV[i], ARGV[i + 3], ARGV[i + 4]
          local knownThrough, knownSince, unread, at = parse(redis.call('HGET', held, field))
          if includes(knownThrough, knownSince, ARGV[i + 1], ARGV[i + 2]) and not includes(knownThrough, knownSince, through, since)
            and tonumber(through) >= tonumber(knownThrough) then
            redis.call('HSET', held, field, through .. ' ' .. since .. ' ' .. unread .. ' ' .. at)
          end
        end
        """;

    /// <summary>Keys: posts and coverage. Arguments: author's field, and what members of the author's posts contain.</summary>
    internal const string Remove = Common + """
        local posts, held = KEYS[1], KEYS[2]
        if not open(posts, held, 'r') then
          return
        end
        redis.call('HDEL', held, ARGV[1])
        local members = redis.call('ZRANGE', posts, 1, -1)
        for _, member in ipairs(members) do
          if string.find(member, ARGV[2], 1, true) then
            redis.call('ZREM', posts, member)
          end
        end
        """;
}
